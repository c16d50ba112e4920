import type { Scope } from "../../../testing/time/scope.ts";
import type { Timeline } from "../../../testing/time/timeline.ts";
import type { StoredResponse } from "../../keeper/protocol/entry.ts";
import { isPersonalKey } from "../../keeper/protocol/names.ts";
import type { ColoPort } from "../reader/colo/colo-cache.ts";
import { KvModel } from "./kv-model.ts";
import type { Weather } from "./weather.ts";

/** A data centre's cache at its worst: any version that was ever left may come back, or none. */
export class ColoModel {
  readonly #bodies = new KvModel();
  /** How often it was looked into, and how often something was found. */
  readonly looks = { all: 0, found: 0 };
  /** Keys that were left, in order. */
  readonly left: string[] = [];

  set choose(choose: KvModel["choose"]) {
    this.#bodies.choose = choose;
  }

  all(): { readonly key: string; readonly entry: StoredResponse }[] {
    return this.#bodies.all();
  }

  /** What it is to an isolate, whose promises belong to a scope. */
  portOf(timeline: Timeline, weather: Weather): (scope: () => Scope) => ColoPort {
    return (scope) => ({
      place: null,
      find: (generation, key) => {
        this.looks.all++;
        const look = timeline.sleep(weather.delays.colo).then(() => {
          const found = this.#bodies.get(generation, key);
          if (found !== null) this.looks.found++;
          return found;
        });
        return scope().own(look);
      },
      keep: (key, entry) => {
        if (isPersonalKey(key)) throw new Error(`${key} is for one person`);
        this.left.push(key);
        const { generation, mark, status, headers, etag, body, filledAt, relations } = entry;
        const kept = { generation, mark, status, headers, etag, body, filledAt, relations, watched: true };
        this.#bodies.put(key, kept);
      },
    });
  }
}
