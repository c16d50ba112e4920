import type { Clock } from "../../runtime/clock.ts";
import { MemoryTier } from "../../runtime/lru.ts";
import { type Flight, Flights } from "../../runtime/single-flight.ts";
import { CacheError } from "../entry/errors.ts";
import {
  CLOCK_SKEW_MS,
  STAMP_MAX_ENTRIES,
  STAMP_TTL_MS,
  STORE_TIMEOUT_MS,
  WRITE_ATTEMPTS,
  WRITE_RETRY_MS,
} from "../entry/limits.ts";
import type { Held } from "../entry/memory-entry.ts";
import { isKeyName, type Name } from "../entry/names.ts";
import { getStamps, putStamp } from "../tiers/bulk.ts";
import type { StoreTier } from "../tiers/store-tier.ts";
import type { Asker, Begun, Note } from "./invalidation-source.ts";
import { LearningWitness, NO, type Opinion } from "./learning-source.ts";
import type { Epoch } from "./local-fence.ts";

interface Known {
  readonly stamp: number;
  readonly learnedAt: number;
}

/**
 * Invalidation without a keeper. Each namespace, prefix and tag that was ever invalidated has a stamp in the store,
 * a number that only grows; an entry carries the stamps that were known when its load began, and is refused where a
 * higher one is known. A million keys are forgotten with one write, and nothing has to be listed.
 *
 * How late others learn of it is what the store promises, plus `STAMP_TTL_MS`. A stamp is the time of the
 * invalidation, but never below the one before it, so clocks that disagree do not bring the old back.
 */
export class Stamps extends LearningWitness {
  readonly coversKeys = false;
  readonly #known = new MemoryTier<Known>({
    maxEntries: STAMP_MAX_ENTRIES,
    maxBytes: Number.POSITIVE_INFINITY,
  });
  readonly #flights: Flights;
  readonly #store: StoreTier;
  readonly #clock: Clock;
  readonly #epoch: Epoch;

  constructor(store: StoreTier, clock: Clock, epoch: Epoch) {
    super();
    this.#store = store;
    this.#clock = clock;
    this.#epoch = epoch;
    this.#flights = new Flights(clock, STORE_TIMEOUT_MS);
  }

  protected opinion({ names, proof: { note } }: Held): Opinion | undefined {
    const now = this.#clock.now();
    let learnedAt = now;
    let index = 0;
    for (const name of names) {
      if (isKeyName(name)) continue;
      const known = this.#known.get(name);
      const noted = note[index++];
      if (known === undefined || Math.abs(now - known.learnedAt) >= STAMP_TTL_MS) return undefined;
      if (typeof noted !== "number" || noted < known.stamp) return NO;
      // An invalidation that the one who loaded this knew of, and we did not.
      if (noted > known.stamp) this.#learned(name, noted, known.learnedAt);
      learnedAt = Math.min(learnedAt, known.learnedAt);
    }
    if (index !== note.length) return NO;
    // Quiet for half of the time, so that the refresh can be in the background during the other half.
    const half = learnedAt + STAMP_TTL_MS / 2;
    const due = now >= half;
    return { verdict: "accepted", until: due ? learnedAt + STAMP_TTL_MS : half, asOf: learnedAt, due };
  }

  learn(names: readonly Name[], asker: Asker): Promise<void> | undefined {
    const now = this.#clock.now();
    const due = names.filter((name) => this.#isDue(name, now));
    return due.length === 0 ? undefined : this.#learnDue(due, asker);
  }

  /** Names that another request is learning are waited for, under a deadline of one's own. */
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

  async claim(names: readonly Name[], asker: Asker): Promise<Begun> {
    await this.learn(names, asker);
    return this.begin(names);
  }

  begin(names: readonly Name[]): Begun {
    const stamps = new Map<Name, number>();
    for (const name of names) {
      const known = this.#known.get(name);
      if (known !== undefined) stamps.set(name, known.stamp);
    }
    return stamps;
  }

  /**
   * A tag that only became known with the value has no stamp from before the load: the present one will do if it is
   * older than the load, on anybody's clock.
   */
  note(names: readonly Name[], begun: Begun, startedAt: number): Note | undefined {
    if (!(begun instanceof Map)) return undefined;
    const note: number[] = [];
    for (const name of names) {
      if (isKeyName(name)) continue;
      let stamp: number | undefined = begun.get(name);
      if (stamp === undefined) {
        stamp = this.#known.get(name)?.stamp;
        if (stamp === undefined || stamp >= startedAt - CLOCK_SKEW_MS) return undefined;
      }
      note.push(stamp);
    }
    return note;
  }

  async invalidate(names: readonly Name[], asker: Asker): Promise<undefined> {
    const stamped = names.filter((name) => !isKeyName(name));
    if (stamped.length === 0) return;
    const now = this.#clock.now();
    for (const name of stamped) {
      this.#learned(name, Math.max(now, (this.#known.get(name)?.stamp ?? 0) + 1), now);
    }
    const work = Promise.all(stamped.map((name) => this.#write(name, asker)));
    asker.anchor(work);
    await work;
  }

  async #write(name: Name, asker: Asker): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        // What others wrote is read first: the stamp must exceed it even if their clocks run ahead.
        const before = (await getStamps(this.#store, this.#clock, [name], asker.report)).get(name) ?? 0;
        const stamp = Math.max(this.#known.get(name)?.stamp ?? 0, before + 1, 1);
        this.#learned(name, stamp, this.#clock.now());
        await putStamp(this.#store, this.#clock, name, stamp);
        return;
      } catch (error) {
        asker.report({ type: "store-error", operation: "invalidate", error });
        if (attempt === WRITE_ATTEMPTS) {
          throw new CacheError(
            "invalidation-failed",
            `other isolates could not be told that ${name} is invalid`,
            {
              cause: error,
            },
          );
        }
        await this.#clock.sleep(WRITE_RETRY_MS);
      }
    }
  }

  /** What cannot be read stays as it was: then the time to live is the bound, and the cache still works. */
  async #read(names: readonly Name[], asker: Asker): Promise<void> {
    const stamps = await getStamps(this.#store, this.#clock, names, asker.report);
    const now = this.#clock.now();
    for (const name of names) this.#learned(name, stamps.get(name) ?? 0, now);
  }

  /** Only upwards: a store that lags may still show what was there before an invalidation made here. */
  #learned(name: Name, stamp: number, learnedAt: number): void {
    const known = this.#known.get(name);
    if (known !== undefined && stamp > known.stamp) this.#epoch.value++;
    this.#known.set(name, { stamp: Math.max(stamp, known?.stamp ?? 0), learnedAt }, 0);
  }

  #isDue(name: Name, now: number): boolean {
    if (isKeyName(name)) return false;
    const known = this.#known.get(name);
    return known === undefined || Math.abs(now - known.learnedAt) >= STAMP_TTL_MS / 2;
  }
}
