import type { Position } from "../keeper/protocol/position.ts";
import type { SteadyClock } from "../runtime/steady-clock.ts";
import type { FenceCopy } from "./fence-copy.ts";
import type { KeeperSyncs } from "./keeper-syncs.ts";
import type { MirrorSettings } from "./ports.ts";

/** Where every table is read strictly nobody waits for a mirror. */
const USUAL_BOUND_MS = 10_000;

interface NudgesPorts {
  readonly clock: SteadyClock;
  readonly copy: FenceCopy;
  readonly syncs: KeeperSyncs;
  readonly settings: Pick<MirrorSettings, "tables">;
  /** The copy has caught up with a nudge. */
  readonly synced: () => void;
}

/** Syncs when the keeper says that it has raised marks: one at a time, at least half a bound apart (M4). */
export class Nudges {
  readonly #ports: NudgesPorts;
  readonly #boundMs: number;
  #latest: Position | null = null;
  #isBusy = false;
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: NudgesPorts) {
    this.#ports = ports;
    const bounds = [...ports.settings.tables.values()].map(({ freshnessMs }) => freshnessMs);
    const shortest = Math.min(...bounds.filter((boundMs) => boundMs > 0));
    this.#boundMs = Number.isFinite(shortest) ? shortest : USUAL_BOUND_MS;
  }

  /** Of nudges that come meanwhile, the last one counts. */
  nudged(position: Position): void {
    if (!this.#isNews(position)) return;
    this.#latest = position;
    if (this.#isBusy) return;
    this.#isBusy = true;
    void this.#follow().finally(() => {
      this.#isBusy = false;
    });
  }

  async #follow(): Promise<void> {
    const { clock, syncs, synced } = this.#ports;
    for (let position = this.#latest; position; position = this.#latest) {
      const wait = this.#startedAt + this.#boundMs / 2 - clock.now();
      if (wait > 0) await clock.sleep(wait);
      const token = this.#latest ?? position;
      this.#latest = null;
      // Meanwhile an isolate may have had the mirror sync.
      if (this.#isNews(token)) {
        this.#startedAt = clock.now();
        // The token tells the keeper what to have reached. It has, so it need not pull.
        const isSynced = await syncs.lead({ boundMs: this.#boundMs, token, client: null }).then(
          () => true,
          () => false,
        );
        if (!isSynced) continue;
      }
      synced();
    }
  }

  /** A cold mirror has nothing to keep young. */
  #isNews({ generation, mark }: Position): boolean {
    const { fence } = this.#ports.copy;
    return fence !== null && (fence.generation !== generation || fence.mark < mark);
  }
}
