import { Breaker } from "../../fence/breaker.ts";
import type { BucketFence } from "../../fence/bucket-fence.ts";
import { FenceSync, type WaitUntil } from "../../fence/fence-sync.ts";
import type { UsageReporter } from "../../fence/usage.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { StoredResponse } from "../../keeper/protocol/entry.ts";
import type { Mode, Position } from "../../keeper/protocol/position.ts";
import { within } from "../../runtime/deadline.ts";
import type { Lru } from "../../runtime/lru.ts";
import { SingleFlight } from "../../runtime/single-flight.ts";
import type { SteadyClock } from "../../runtime/steady-clock.ts";
import type { ReadOutcome } from "../http/outcome.ts";
import { AnswerMemory } from "./answer-memory.ts";
import type { BoundedRead, ReadResult, ReadTimeouts, StartedRead } from "./bounded-read.ts";
import type { ColoPort } from "./colo/colo-cache.ts";
import type { HeldAnswer } from "./held-answer.ts";
import { KeeperFills, timeLeft } from "./keeper-fills.ts";
import { MissPath } from "./miss-path.ts";
import { HIT, joined, miss } from "./read-outcomes.ts";
import { landing, RefillAhead } from "./refill-ahead.ts";
import { StaleWhileRevalidate } from "./stale-while-revalidate.ts";
import { UnshareableKeys } from "./unshareable-keys.ts";

/** Syncs that no read needs (for the mode, for counts) are at least this far apart. */
const LEARN_AT_MOST_EVERY_MS = 1_000;
const LEARN_MAX_AGE_MS = 10_000;

export interface ReaderPorts {
  /** This isolate's own clock: a `SteadyClock` that ticks. */
  readonly clock: SteadyClock;
  /**
   * A fresh stub for each call: one that failed stays broken.
   *
   * @param timeMs how long its answer is waited for
   */
  readonly keeper: (timeMs: number) => Pick<KeeperCalls, "sync" | "fill">;
  /** What KV holds for a key of this generation. May be old, and may fail. */
  readonly lookup: (generation: string, key: string) => Promise<StoredResponse | null>;
  /** Whether whoever is asked is near by: a mirror, or a keeper in this very region. Absent: nobody is. */
  readonly isNear?: () => boolean;
  readonly colo: ColoPort;
  readonly memory: Lru<HeldAnswer>;
  readonly reporter: UsageReporter;
  readonly configHash: string;
  readonly timeouts: ReadTimeouts;
}

/**
 * Reads through the cache in one isolate. Every answer is proven: true as of a moment not before `need`. What cannot be
 * proven is left to the origin. docs/design/protocol.md numbers the rules.
 *
 * A read looks in memory first (`hit`), then waits for another reader's flight or leads its own, on the `MissPath`.
 */
export class Reader {
  readonly #ports: ReaderPorts;
  readonly #fences: FenceSync;
  /** Of all calls to the keeper. */
  readonly breaker: Breaker;
  readonly #memory: AnswerMemory;
  readonly #missPath: MissPath;
  readonly #refillAhead: RefillAhead;
  readonly #staleWhileRevalidate: StaleWhileRevalidate;
  /** Tells waiting readers how the answer came about. */
  readonly #flights: SingleFlight<ReadOutcome>;
  readonly #unshareable: UnshareableKeys;
  #learnedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: ReaderPorts) {
    this.#ports = ports;
    const { clock, timeouts } = ports;
    const breaker = new Breaker(clock);
    const unshareable = new UnshareableKeys(clock);
    const flights = new SingleFlight<ReadOutcome>(clock, timeouts.fillMs + timeouts.syncMs);
    const fences = new FenceSync({ ...ports, breaker });
    const memory = new AnswerMemory(ports.memory, fences);
    const fills = new KeeperFills({ ...ports, breaker, fences, memory, unshareable });
    this.breaker = breaker;
    this.#unshareable = unshareable;
    this.#flights = flights;
    this.#fences = fences;
    this.#memory = memory;
    this.#missPath = new MissPath({ ...ports, breaker, fences, memory, fills });
    this.#refillAhead = new RefillAhead({ ...ports, breaker, fences, fills, flights });
    this.#staleWhileRevalidate = new StaleWhileRevalidate({ breaker, fences, memory, fills, flights });
    clock.onStep = () => fences.forget();
  }

  get fence(): BucketFence | null {
    return this.#fences.fence;
  }

  get mode(): Mode {
    return this.#fences.mode;
  }

  /** This isolate's clock, on which proofs are dated. */
  now(): number {
    return this.#ports.clock.now();
  }

  /** Syncs in the background to learn the mode and to deliver counts, unless that was done a moment ago. */
  learn(anchor: WaitUntil): void {
    const now = this.now();
    if (this.breaker.open || now - this.#learnedAt < LEARN_AT_MOST_EVERY_MS) return;
    this.#learnedAt = now;
    // How young the proof is does not matter here, so the keeper need not pull for it.
    this.#fences.ahead(now - LEARN_MAX_AGE_MS, anchor);
  }

  /** The hot path: a hit in memory, decided without a wait. Null when memory has no answer that may be given at once. */
  hit(read: BoundedRead): ReadResult | null {
    const started = this.#started(read);
    const proven = this.#fromMemory(started);
    if (proven !== null || read.staleWhileRevalidateMs === 0) return proven;
    return this.#staleWhileRevalidate.answer(started);
  }

  async read(read: BoundedRead): Promise<ReadResult> {
    return this.hit(read) ?? this.miss(read);
  }

  /** The rest of a read for which `hit` has just given null. */
  async miss(bounded: BoundedRead): Promise<ReadResult> {
    const { clock, timeouts } = this.#ports;
    const read = this.#started(bounded);
    const { key } = read.read;
    const unshareable = this.#unshareable.reasonOf(key);
    if (unshareable) return { kind: "direct", reason: unshareable };
    if (this.breaker.open) return { kind: "direct", reason: "breaker-open" };

    const flight = this.#flights.lead(key);
    if (flight) {
      const work = this.#missPath.read(read);
      read.anchor(landing(flight, work));
      // Its waits have deadlines of their own; one more timer would add a tenth to the cost of a KV hit.
      return work;
    }

    const led = await this.#flights.join(key, timeouts.fillMs);
    // Memory: the flight has left its answer there.
    const brought = this.#fromMemory(read);
    if (brought?.kind === "held") return { ...brought, outcome: led ? joined(led) : miss(false, true) };
    const reason = this.#unshareable.reasonOf(key);
    if (reason) return { kind: "direct", reason };
    const work = this.#missPath.read(read);
    const left = timeLeft(read, clock, timeouts);
    return within(clock, left, work, () => ({ kind: "direct", reason: "keeper-failed" }));
  }

  /** An older answer for when the origin fails; null when there is none that the table's `staleIfError` allows. */
  staleIfError(read: BoundedRead): ReadResult | null {
    return this.#memory.staleIfError(read, this.now(), []);
  }

  /** Syncs at least to a position that this isolate has just caused, and drops what was proven before it. */
  async follow(position: Position, anchor: WaitUntil): Promise<void> {
    this.#fences.dropProofs(position);
    await this.#fences.reach(this.#ports.clock.now(), position, anchor);
  }

  #started(read: BoundedRead): StartedRead {
    const start = this.#ports.clock.now();
    return { ...read, start, need: start - read.boundMs };
  }

  #fromMemory(read: StartedRead): ReadResult | null {
    const held = this.#memory.get(read.read.key);
    if (!held || this.#memory.isExpired(held, read)) return null;
    const fence = this.#fences.fence;
    const accepted = fence?.accepts(held) ?? false;
    if (accepted && fence && fence.asOf > held.provenAt) held.provenAt = fence.asOf;
    if (!this.#memory.serves(held, read, accepted)) return null;
    this.#refillAhead.after(held, read, accepted);
    const refused = fence !== null && !accepted;
    return this.#memory.resultOf(held, read, refused ? HIT.revalidating : HIT.memory);
  }
}
