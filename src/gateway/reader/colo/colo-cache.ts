import type { WaitUntil } from "../../../fence/fence-sync.ts";
import type { StoredResponse } from "../../../keeper/protocol/entry.ts";
import { isPersonalKey } from "../../../keeper/protocol/names.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { within } from "../../../runtime/deadline.ts";
import { sha256Hex } from "../../../runtime/hash.ts";
import { Lru } from "../../../runtime/lru.ts";
import { type KeptEntry, packed, unpacked } from "./colo-entry.ts";
import { Usefulness } from "./usefulness.ts";

/** A cache in the same building answers in a few milliseconds, or is not worth the wait. */
const COLO_DEADLINE_MS = 100;

/** A put that takes longer goes on without us. */
const PUT_DEADLINE_MS = 10_000;

/** A key is put at most this often by one isolate: a hot key that changes all the time is filled anew by each one. */
export const COLO_PUT_INTERVAL_MS = 5_000;

/** How long a body may lie there: what is not read for an hour is read from KV or the keeper again. */
const LONGEST_LIFE_MS = 3_600_000;

/** A cache of its own by name, which no request from outside and no `fetch` reaches, unlike `caches.default`. */
const NAME = "tidemark";

type Bodies = Pick<Cache, "match" | "put">;

interface ColoCachePorts {
  readonly clock: Clock;
  /** Opens the data centre's cache. */
  readonly open: () => Promise<Bodies>;
}

/** Where a request has arrived. */
interface Arrival {
  readonly url: string;
  /** The data centre's code, such as `FRA`. Null: it is not known. */
  readonly colo: string | null;
}

/**
 * The cache of the data centre (the Cache API), shared by all isolates in it and free of charge. What lies there says itself
 * what it is, and a fence judges it, so its lateness and its losses are harmless. It never holds an answer for one person.
 */
export class ColoCache {
  readonly #clock: Clock;
  readonly #open: () => Promise<Bodies>;
  readonly #usefulness: Usefulness;
  /** When each key was last put. */
  readonly #putAt = new Lru<number>({ maxBytes: 262_144, maxEntries: 1_000 });
  /** Null: no request has told it yet, or there the cache does nothing. */
  #host: string | null = null;
  #colo: string | null = null;

  constructor({ clock, open }: ColoCachePorts) {
    this.#clock = clock;
    this.#open = open;
    this.#usefulness = new Usefulness(clock);
  }

  /**
   * Notes where requests arrive. The cache wants the Worker's own host in its keys, and has no effect on `workers.dev`
   * (developers.cloudflare.com/workers/runtime-apis/cache).
   */
  at({ url, colo }: Arrival): void {
    this.#colo = colo;
    if (this.#host !== null && url.startsWith(`${this.#host}/`)) return;
    const { origin, hostname } = new URL(url);
    this.#host = hostname.endsWith(".workers.dev") ? null : origin;
  }

  /** The data centre whose isolates share this cache. Null: it is not known, or the cache is of no use there. */
  get place(): string | null {
    return this.#host !== null && this.#usefulness.isWorthIt ? this.#colo : null;
  }

  /** What lies there, or null. Undefined: it is not worth a look. */
  find(generation: string, key: string): Promise<StoredResponse | null> | undefined {
    const base = this.#baseOf(generation, key);
    if (base === null) return undefined;
    const usefulness = this.#usefulness;
    const look = async () => {
      try {
        const entry = await this.#read(base, generation, key);
        if (entry === null) usefulness.foundNothing();
        else usefulness.found();
        return entry;
      } catch {
        usefulness.failed();
        return null;
      }
    };
    return within(this.#clock, COLO_DEADLINE_MS, look(), () => {
      usefulness.failed();
      return null;
    });
  }

  /**
   * Leaves an entry for the other isolates, in the background. Of one that counts by its age only they could prove nothing.
   *
   * @param lifeMs how long the entry may still serve
   */
  keep(key: string, entry: KeptEntry, lifeMs: number, anchor: WaitUntil): void {
    const seconds = Math.floor(Math.min(lifeMs, LONGEST_LIFE_MS) / 1_000);
    if (seconds < 1) return;
    const base = this.#baseOf(entry.generation, key);
    if (base === null) return;
    const now = this.#clock.now();
    if (now - (this.#putAt.get(key) ?? Number.NEGATIVE_INFINITY) < COLO_PUT_INTERVAL_MS) return;
    this.#putAt.set(key, now, 2 * key.length + 100);
    const put = this.#put(base, key, entry, seconds).catch(() => {});
    anchor(within(this.#clock, PUT_DEADLINE_MS, put, () => undefined));
  }

  async #read(base: string, generation: string, key: string): Promise<StoredResponse | null> {
    const [cache, address] = await Promise.all([this.#open(), addressOf(base, key)]);
    const found = await cache.match(address);
    return found === undefined ? null : unpacked(key, generation, await found.arrayBuffer());
  }

  async #put(base: string, key: string, entry: KeptEntry, seconds: number): Promise<void> {
    const [cache, address, body] = await Promise.all([
      this.#open(),
      addressOf(base, key),
      packed(key, entry),
    ]);
    const headers = { "content-type": "application/octet-stream", "cache-control": `max-age=${seconds}` };
    await cache.put(address, new Response(body, { headers }));
  }

  /** Null: nothing is looked for there, or left. */
  #baseOf(generation: string, key: string): string | null {
    if (this.#host === null || isPersonalKey(key) || !this.#usefulness.isWorthIt) return null;
    return `${this.#host}/_tidemark/colo/${encodeURIComponent(generation)}`;
  }
}

/** By a digest, so that nobody can make up a key that takes another one's place. */
async function addressOf(base: string, key: string): Promise<string> {
  return `${base}/${await sha256Hex(key)}`;
}

/** What a reader needs of it. */
export type ColoPort = Pick<ColoCache, "find" | "keep" | "place">;

/** None: nothing is found, and nothing kept. */
export const NO_COLO: ColoPort = { find: () => undefined, keep: () => {}, place: null };

/** The cache of the data centre in which this isolate runs. */
export function openColoCache(): Promise<Cache> {
  return caches.open(NAME);
}
