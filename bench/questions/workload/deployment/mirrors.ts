import type { ResolvedConfig } from "../../../../src/gateway/config/config.ts";
import type { KeeperCalls } from "../../../../src/keeper/protocol/calls.ts";
import type { Position } from "../../../../src/keeper/protocol/position.ts";
import { Mirror } from "../../../../src/mirror/mirror.ts";
import type { Timeline } from "../../../../testing/time/timeline.ts";
import type { Counts } from "../counts.ts";
import { keeperMsOf, type Network, placeOf } from "../network.ts";

type Line = Pick<KeeperCalls, "sync" | "fill" | "audience">;

interface RegionalMirrorsParts {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly config: ResolvedConfig;
  readonly counts: Counts;
  /** The line to the keeper from a place. */
  readonly keeper: (place: number) => Line;
}

/** Of bodies, in each mirror. */
const MEMORY_BYTES = 32 * 2 ** 20;

/** A mirror in each place, except where the keeper is as near. */
export class RegionalMirrors {
  readonly #parts: RegionalMirrorsParts;
  readonly #mirrors: readonly (Mirror | null)[];
  #told = 0;

  constructor(parts: RegionalMirrorsParts) {
    this.#parts = parts;
    const { timeline, network, config, keeper } = parts;
    const { configHash, tables, refillsPerMinute, signedIn } = settingsOf(config);
    this.#mirrors = network.places.map((_, place) =>
      keeperMsOf(network, place) <= network.mirrorMs
        ? null
        : new Mirror(
            { clock: timeline.clock(), keeper: () => keeper(place) },
            {
              ...{ configHash, tables, signedIn, refillsPerMinute, memoryBytes: MEMORY_BYTES },
              deadlines: { syncMs: config.timeouts.syncMs, fillMs: config.timeouts.fillMs },
            },
          ),
    );
  }

  /** What an isolate calls: its place's mirror, and the keeper when that fails. Null: there is none. */
  lineOf(isolate: number): Line | null {
    const { network, keeper, counts } = this.#parts;
    const place = placeOf(network, isolate);
    const mirror = this.#mirrors[place];
    if (!mirror) return null;
    const call =
      <K extends keyof Line>(name: K) =>
      (request: Parameters<Line[K]>[0]) => {
        counts.mirrorCalls++;
        const near = this.#near(() => (mirror[name] as (asked: unknown) => Promise<unknown>)(request));
        return near.catch(() => (keeper(place)[name] as (asked: unknown) => Promise<unknown>)(request));
      };
    return { sync: call("sync"), fill: call("fill"), audience: call("audience") } as Line;
  }

  /** The keeper's position after a pull: it nudges the mirrors when it has raised marks. */
  tell(position: Position): void {
    if (position.mark === this.#told) return;
    this.#told = position.mark;
    const { timeline, network } = this.#parts;
    for (const [place, mirror] of this.#mirrors.entries())
      if (mirror) timeline.after(keeperMsOf(network, place) / 2, () => void mirror.nudge(position));
  }

  async #near<T>(work: () => Promise<T>): Promise<T> {
    const { timeline, network } = this.#parts;
    await timeline.sleep(network.mirrorMs / 2);
    const answer = await work();
    await timeline.sleep(network.mirrorMs / 2);
    return answer;
  }
}

function settingsOf({ hash, tables, limits }: ResolvedConfig) {
  return { configHash: hash, tables, refillsPerMinute: limits.refillsPerMinute, signedIn: false };
}
