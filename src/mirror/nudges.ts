import { shortestBoundMs } from "../keeper/protocol/mirrors.ts";
import type { Position } from "../keeper/protocol/position.ts";
import type { SteadyClock } from "../runtime/steady-clock.ts";
import type { FenceCopy } from "./fence-copy.ts";
import type { KeeperSyncs } from "./keeper-syncs.ts";
import type { MirrorSettings } from "./ports.ts";

interface NudgesPorts {
  readonly clock: SteadyClock;
  readonly copy: FenceCopy;
  readonly syncs: KeeperSyncs;
  readonly settings: Pick<MirrorSettings, "tables">;
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
    this.#boundMs = shortestBoundMs(ports.settings.tables);
  }

  /** Of nudges that come meanwhile, the last one counts. */
  nudged(position: Position): void {
    if (!this.#isNews(position)) return;
    this.#latest = position;
    if (this.#isBusy) return;
    this.#isBusy = true;
    const done = () => {
      this.#isBusy = false;
    };
    this.#follow().then(done, done);
  }

  async #follow(): Promise<void> {
    const { clock, syncs } = this.#ports;
    for (let position = this.#latest; position; position = this.#latest) {
      const wait = this.#startedAt + this.#boundMs / 2 - clock.now();
      if (wait > 0) await clock.sleep(wait);
      const token = this.#latest ?? position;
      this.#latest = null;
      // Meanwhile an isolate may have had the mirror sync.
      if (!this.#isNews(token)) continue;
      this.#startedAt = clock.now();
      // The token tells the keeper what to have reached. It has, so it need not pull.
      await syncs.lead({ boundMs: this.#boundMs, token, client: null }).catch(() => {});
    }
  }

  /** A cold mirror has nothing to keep young. */
  #isNews({ generation, mark }: Position): boolean {
    const { fence } = this.#ports.copy;
    return fence !== null && (fence.generation !== generation || fence.mark < mark);
  }
}
