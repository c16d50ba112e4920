import type { ResolvedConfig } from "../../../../src/gateway/config/config.ts";
import type { KeeperCalls } from "../../../../src/keeper/protocol/calls.ts";
import type { Position } from "../../../../src/keeper/protocol/position.ts";
import type { SyncRequest } from "../../../../src/keeper/protocol/sync.ts";
import { Mirror } from "../../../../src/mirror/mirror.ts";
import type { Timeline } from "../../../../testing/time/timeline.ts";
import type { Counts } from "../counts.ts";
import { keeperMsOf, type Network, placeOf } from "../network.ts";

export type Line = Pick<KeeperCalls, "sync" | "fill" | "audience">;

interface RegionalMirrorsParts {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly config: ResolvedConfig;
  readonly counts: Counts;
  /** The line to the keeper from a place. */
  readonly keeper: (place: number) => Line;
}

/** Of bodies, in each mirror, as the gateway has it. */
const MEMORY_BYTES = 32 * 2 ** 20;

/** A mirror in each place, except where the keeper is as near. */
export class RegionalMirrors {
  readonly #parts: RegionalMirrorsParts;
  readonly #mirrors: readonly (Mirror | null)[];

  constructor(parts: RegionalMirrorsParts) {
    this.#parts = parts;
    const { timeline, network, config, keeper } = parts;
    const clock = timeline.clock();
    this.#mirrors = network.places.map((_, place) =>
      keeperMsOf(network, place) <= network.mirrorMs
        ? null
        : new Mirror({ clock, keeper: () => keeper(place) }, mirrorSettingsOf(config)),
    );
  }

  /** What an isolate calls: its place's mirror, and the keeper when that fails. Null: there is none. */
  lineOf(isolate: number): Line | null {
    const { network, keeper, counts } = this.#parts;
    const place = placeOf(network, isolate);
    const mirror = this.#mirrors[place];
    if (!mirror) return null;
    const near = async <T>(ask: (line: Line) => Promise<T>): Promise<T> => {
      counts.mirrorCalls++;
      return this.#near(() => ask(mirror)).catch(() => ask(keeper(place)));
    };
    return {
      sync: (request) => near((line) => line.sync(named(request, place))),
      fill: (request) => near((line) => line.fill(request)),
      audience: (request) => near((line) => line.audience(request)),
    };
  }

  /** The keeper tells a mirror, by its name, that it has raised marks. */
  async nudge(name: string, position: Position): Promise<void> {
    const { timeline, network, counts } = this.#parts;
    const place = Number(name);
    counts.nudges++;
    await timeline.sleep(keeperMsOf(network, place) / 2);
    await this.#mirrors[place]?.nudge(position);
    await timeline.sleep(keeperMsOf(network, place) / 2);
  }

  async #near<T>(work: () => Promise<T>): Promise<T> {
    const { timeline, network } = this.#parts;
    await timeline.sleep(network.mirrorMs / 2);
    const answer = await work();
    await timeline.sleep(network.mirrorMs / 2);
    return answer;
  }
}

const named = (request: SyncRequest, place: number): SyncRequest => ({ ...request, mirror: String(place) });

/** As the gateway has them. Nobody signs in. */
export function mirrorSettingsOf({ hash, tables, limits, timeouts }: ResolvedConfig) {
  return {
    ...{ configHash: hash, tables, signedIn: false, memoryBytes: MEMORY_BYTES },
    refillsPerMinute: limits.refillsPerMinute,
    deadlines: { syncMs: timeouts.syncMs / 2, fillMs: timeouts.fillMs / 2 },
  };
}
