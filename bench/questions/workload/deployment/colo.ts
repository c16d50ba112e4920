import type { KeeperCalls } from "../../../../src/keeper/protocol/calls.ts";
import type { StoredResponse } from "../../../../src/keeper/protocol/entry.ts";
import type { Timeline } from "../../../../testing/time/timeline.ts";

type Line = Pick<KeeperCalls, "sync" | "fill" | "audience">;

/** `caches.default` in its own data centre. */
const LOOK_MS = 2;

/**
 * A model of the tier *colo* (docs/design/next/world.md), which the gateway does not have: a place's isolates share what one of
 * them was given, and KV is for what was asked for in several places.
 */
export class Colo {
  readonly #timeline: Timeline;
  readonly #held = new Map<string, StoredResponse>();
  readonly #places = new Map<string, Set<number>>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  async get(place: number, generation: string, key: string): Promise<StoredResponse | null> {
    await this.#timeline.sleep(LOOK_MS);
    const held = this.#held.get(`${place} ${key}`);
    return held?.generation === generation ? held : null;
  }

  /** The same line, whose bodies stay in the data centre. */
  filling(place: number, line: Line): Line {
    return {
      ...line,
      fill: async (request) => {
        const { key } = request.read;
        const places = this.#places.get(key) ?? new Set();
        this.#places.set(key, places.add(place));
        const answer = await line.fill(request);
        if (answer.kind === "entry") this.#held.set(`${place} ${key}`, answer.entry);
        return answer;
      },
    };
  }

  /** Whether KV would have readers for it. */
  isForKv(key: string): boolean {
    return (this.#places.get(key)?.size ?? 0) > 1;
  }
}
