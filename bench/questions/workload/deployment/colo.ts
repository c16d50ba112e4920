import { COLO_PUT_INTERVAL_MS, type ColoPort } from "../../../../src/gateway/reader/colo/colo-cache.ts";
import type { KeptEntry } from "../../../../src/gateway/reader/colo/colo-entry.ts";
import type { StoredResponse } from "../../../../src/keeper/protocol/entry.ts";
import type { Timeline } from "../../../../testing/time/timeline.ts";

/** A look into the cache of one's own data centre. */
const LOOK_MS = 2;

interface Kept {
  readonly entry: StoredResponse;
  readonly at: number;
}

/** The caches of data centres, one a place: what an isolate leaves there, the others of its place find at once. */
export class Colos {
  readonly #timeline: Timeline;
  readonly #kept = new Map<string, Kept>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  portOf(place: number): ColoPort {
    return {
      place: `P${place}`,
      find: async (generation, key) => {
        await this.#timeline.sleep(LOOK_MS);
        const entry = this.#kept.get(`${place} ${key}`)?.entry;
        return entry?.generation === generation ? entry : null;
      },
      keep: (key, entry) => this.#keep(`${place} ${key}`, entry),
    };
  }

  /** At most so often, as an isolate leaves a key. */
  #keep(
    name: string,
    { generation, mark, status, headers, etag, body, filledAt, relations }: KeptEntry,
  ): void {
    const { now } = this.#timeline;
    if (now - (this.#kept.get(name)?.at ?? Number.NEGATIVE_INFINITY) < COLO_PUT_INTERVAL_MS) return;
    const entry = { generation, mark, status, headers, etag, body, filledAt, relations, watched: true };
    this.#kept.set(name, { entry, at: now });
  }
}
