import type { Clock } from "../../runtime/clock.ts";
import { Lru } from "../../runtime/lru.ts";
import { type Flight, SingleFlight } from "../../runtime/single-flight.ts";
import type { Note } from "../entry/entry.ts";
import { CacheError } from "../entry/errors.ts";
import {
  CLOCK_SKEW_MS,
  STORE_TIMEOUT_MS,
  TAG_VERSION_MAX_ENTRIES,
  TAG_VERSION_TTL_MS,
  WRITE_ATTEMPTS,
  WRITE_RETRY_MS,
} from "../entry/limits.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import { isKeyName, type Name } from "../entry/names.ts";
import { getTagVersions, putTagVersion } from "../stores/bulk.ts";
import type { NamedStore } from "../stores/named-store.ts";
import type { Asker, Snapshot } from "./invalidation-source.ts";
import { LearningSource, type Opinion, REFUSED } from "./learning-source.ts";
import type { LocalFence } from "./local-fence.ts";

interface KnownVersion {
  readonly version: number;
  readonly learnedAt: number;
}

/**
 * Invalidation without a keeper. Each tag, prefix and namespace that was ever invalidated has a version in the store, a
 * number that only grows. An entry carries the versions that were known when its load began, and is refused where a
 * higher one is known. A million keys are invalidated with one write, and nothing has to be listed.
 *
 * Other isolates learn of it when the store shows it, plus `TAG_VERSION_TTL_MS`. A version is the time of the
 * invalidation, but always above the one before, so clocks that disagree do not bring old entries back.
 */
export class TagVersions extends LearningSource {
  readonly coversKeys = false;
  readonly #known = new Lru<KnownVersion>({
    maxEntries: TAG_VERSION_MAX_ENTRIES,
    maxBytes: Number.POSITIVE_INFINITY,
  });
  readonly #flights: SingleFlight;
  readonly #store: NamedStore;
  readonly #clock: Clock;

  constructor(store: NamedStore, clock: Clock, local: LocalFence) {
    super(local);
    this.#store = store;
    this.#clock = clock;
    this.#flights = new SingleFlight(clock, STORE_TIMEOUT_MS);
  }

  protected opinion({ names, proof: { note } }: MemoryEntry): Opinion | undefined {
    const now = this.#clock.now();
    let learnedAt = now;
    let index = 0;
    for (const name of names) {
      if (isKeyName(name)) continue;
      const known = this.#known.get(name);
      const noted = note[index++];
      if (known === undefined || Math.abs(now - known.learnedAt) >= TAG_VERSION_TTL_MS) return undefined;
      if (typeof noted !== "number" || noted < known.version) return REFUSED;
      // The isolate that loaded the entry knew of an invalidation that this one did not.
      if (noted > known.version) this.#learned(name, noted, known.learnedAt);
      learnedAt = Math.min(learnedAt, known.learnedAt);
    }
    if (index !== note.length) return REFUSED;
    // It stands for half of the time. In the other half, the versions are read again in the background.
    const half = learnedAt + TAG_VERSION_TTL_MS / 2;
    const due = now >= half;
    return {
      judgement: "accepted",
      until: due ? learnedAt + TAG_VERSION_TTL_MS : half,
      asOf: learnedAt,
      due,
    };
  }

  learn(names: readonly Name[], asker: Asker): Promise<void> | undefined {
    const now = this.#clock.now();
    const due = names.filter((name) => this.#isDue(name, now));
    return due.length === 0 ? undefined : this.#learnDue(due, asker);
  }

  /** Names that another request is already learning are waited for under this request's own deadline. */
  async #learnDue(due: readonly Name[], asker: Asker): Promise<void> {
    const mine: Name[] = [];
    const theirs: Name[] = [];
    const flights: Flight[] = [];
    for (const name of due) {
      const flight = this.#flights.lead(name);
      if (flight === undefined) {
        theirs.push(name);
      } else {
        mine.push(name);
        flights.push(flight);
      }
    }
    if (mine.length > 0) {
      const work = this.#read(mine, asker).finally(() => {
        for (const flight of flights) flight.land();
      });
      asker.anchor(work);
      await work;
    }
    await Promise.all(theirs.map((name) => this.#flights.join(name, this.#flights.remaining(name))));
  }

  async claim(names: readonly Name[], asker: Asker): Promise<Snapshot> {
    await this.learn(names, asker);
    return this.snapshot(names);
  }

  snapshot(names: readonly Name[]): Snapshot {
    const versions = new Map<Name, number>();
    for (const name of names) {
      const known = this.#known.get(name);
      if (known !== undefined) versions.set(name, known.version);
    }
    return versions;
  }

  /**
   * A tag that comes with the value has no version from before the load. Its present version will do if it is older
   * than the load, whichever clock it was measured with.
   */
  note(names: readonly Name[], snapshot: Snapshot, startedAt: number): Note | undefined {
    if (!(snapshot instanceof Map)) return undefined;
    const note: number[] = [];
    for (const name of names) {
      if (isKeyName(name)) continue;
      let version: number | undefined = snapshot.get(name);
      if (version === undefined) {
        version = this.#known.get(name)?.version;
        if (version === undefined || version >= startedAt - CLOCK_SKEW_MS) return undefined;
      }
      note.push(version);
    }
    return note;
  }

  async invalidate(names: readonly Name[], asker: Asker): Promise<undefined> {
    const shared = names.filter((name) => !isKeyName(name));
    if (shared.length === 0) return;
    const now = this.#clock.now();
    for (const name of shared) {
      this.#learned(name, Math.max(now, (this.#known.get(name)?.version ?? 0) + 1), now);
    }
    const work = Promise.all(shared.map((name) => this.#write(name, asker)));
    asker.anchor(work);
    await work;
  }

  async #write(name: Name, asker: Asker): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        // Reads the stored version first: the new one must exceed it even if another isolate's clock runs ahead.
        const before = (await getTagVersions(this.#store, this.#clock, [name], asker.report)).get(name) ?? 0;
        const version = Math.max(this.#known.get(name)?.version ?? 0, before + 1, 1);
        this.#learned(name, version, this.#clock.now());
        await putTagVersion(this.#store, this.#clock, name, version);
        return;
      } catch (error) {
        asker.report({ type: "store-error", operation: "invalidate", error });
        if (attempt === WRITE_ATTEMPTS) {
          throw new CacheError(
            "invalidation-failed",
            `the store did not take the invalidation of ${name.slice(1)}; other isolates do not know of it`,
            {
              cause: error,
            },
          );
        }
        await this.#clock.sleep(WRITE_RETRY_MS);
      }
    }
  }

  /** A version that cannot be read stays as it was. The time to live is then the bound, and the cache still works. */
  async #read(names: readonly Name[], asker: Asker): Promise<void> {
    const versions = await getTagVersions(this.#store, this.#clock, names, asker.report);
    const now = this.#clock.now();
    for (const name of names) this.#learned(name, versions.get(name) ?? 0, now);
  }

  /** Never lowers a version: a store that lags may still show the one before this isolate's invalidation. */
  #learned(name: Name, version: number, learnedAt: number): void {
    const known = this.#known.get(name);
    if (known !== undefined && version > known.version) this.local.epoch++;
    this.#known.set(name, { version: Math.max(version, known?.version ?? 0), learnedAt }, 0);
  }

  #isDue(name: Name, now: number): boolean {
    if (isKeyName(name)) return false;
    const known = this.#known.get(name);
    return known === undefined || Math.abs(now - known.learnedAt) >= TAG_VERSION_TTL_MS / 2;
  }
}
