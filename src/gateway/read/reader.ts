import { Breaker } from "../../fence/breaker.ts";
import type { BucketFence } from "../../fence/bucket-fence.ts";
import { FenceSync, type WaitUntil } from "../../fence/fence-sync.ts";
import type { UsageReporter } from "../../fence/usage.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { StoredResponse } from "../../keeper/protocol/entry.ts";
import type { Mode, Position } from "../../keeper/protocol/position.ts";
import { within } from "../../runtime/deadline.ts";
import type { Lru } from "../../runtime/lru.ts";
import { type Flight, SingleFlight } from "../../runtime/single-flight.ts";
import type { SteadyClock } from "../../runtime/steady-clock.ts";
import type { Outcome } from "../http/outcome.ts";
import type { Held } from "./held.ts";
import { Holdings } from "./holdings.ts";
import { KeeperReads } from "./keeper-reads.ts";
import type { Begun, ReadOrder, ReadResult } from "./read-order.ts";
import { HIT, joined, miss } from "./read-outcomes.ts";
import { UnshareableKeys } from "./unshareable-keys.ts";

/** A refill begins so many times its usual duration before the answer is too old, and not later than this. */
const LEAD = 1.5;
const LEAST_LEAD_MS = 20;

/** What is read seldom is refilled earlier: so many of its gaps before then, lest no reader come in time to ask. */
const LEAD_GAPS = 6;

/** Syncs for their own sake are this far apart. */
const LEARN_AT_MOST_EVERY_MS = 1_000;
const LEARN_MAX_AGE_MS = 10_000;

export interface ReaderPorts {
  /** This isolate's own clock: a `SteadyClock` that ticks. */
  readonly clock: SteadyClock;
  /** A fresh stub: one that failed stays broken. */
  readonly keeper: () => Pick<KeeperCalls, "sync" | "fill">;
  /** What KV holds for a key, of this generation. May be old, may fail. */
  readonly lookup: (generation: string, key: string) => Promise<StoredResponse | null>;
  readonly memory: Lru<Held>;
  readonly reporter: UsageReporter;
  readonly configHash: string;
  readonly timeouts: { readonly syncMs: number; readonly fillMs: number; readonly kvMs: number };
}

/**
 * Reads through the cache in one isolate. What it gives is proven: true as of a moment not before `need`. What it
 * cannot prove, it leaves to the origin. docs/design/protocol.md numbers the rules.
 */
export class Reader {
  readonly #ports: ReaderPorts;
  readonly #fences: FenceSync;
  readonly #breaker: Breaker;
  readonly #holdings: Holdings;
  readonly #keeperReads: KeeperReads;
  /** Tells those who wait how the answer came about. */
  readonly #flights: SingleFlight<Outcome>;
  readonly #unshareable: UnshareableKeys;
  #learnedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: ReaderPorts) {
    this.#ports = ports;
    this.#breaker = new Breaker(ports.clock);
    this.#unshareable = new UnshareableKeys(ports.clock);
    this.#flights = new SingleFlight(ports.clock, ports.timeouts.fillMs + ports.timeouts.syncMs);
    this.#fences = new FenceSync({ ...ports, breaker: this.#breaker });
    this.#holdings = new Holdings(ports.memory, this.#fences);
    this.#keeperReads = new KeeperReads({
      ...{ ...ports, breaker: this.#breaker, fences: this.#fences },
      ...{ holdings: this.#holdings, unshareable: this.#unshareable },
    });
    ports.clock.onStep = () => this.#fences.forget();
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

  /** Syncs in the background, unless that was done a moment ago: for the mode, and for counts that wait. */
  learn(anchor: WaitUntil): void {
    const now = this.now();
    if (this.#breaker.open || now - this.#learnedAt < LEARN_AT_MOST_EVERY_MS) return;
    this.#learnedAt = now;
    // How young the proof is does not matter here: a pull of its own would be for nothing.
    this.#fences.ahead(now - LEARN_MAX_AGE_MS, anchor);
  }

  /** The hot path: a hit in memory, decided without a wait; null when there is more to do. */
  hit(order: ReadOrder): ReadResult | null {
    const start = this.#ports.clock.now();
    return this.#fromMemory({ ...order, start, need: start - order.boundMs });
  }

  async read(order: ReadOrder): Promise<ReadResult> {
    const { clock, timeouts } = this.#ports;
    const start = clock.now();
    const begun = { ...order, start, need: start - order.boundMs };
    const { key } = order.read;
    const quick = this.#fromMemory(begun);
    if (quick) return quick;
    const unshareable = this.#unshareable.reasonOf(key);
    if (unshareable) return { kind: "direct", reason: unshareable };
    if (this.#breaker.open) return { kind: "direct", reason: "breaker-open" };

    const flight = this.#flights.lead(key);
    if (!flight) {
      const led = await this.#flights.join(key, timeouts.fillMs);
      const brought = this.#fromMemory(begun);
      if (brought?.kind === "held") return { ...brought, outcome: led ? joined(led) : miss(false, true) };
      const reason = this.#unshareable.reasonOf(key);
      if (reason) return { kind: "direct", reason };
    }
    const work = this.#keeperReads.read(begun);
    if (flight) {
      order.anchor(landing(flight, work));
      // Its waits have deadlines of their own; a timer more would cost a KV hit a tenth.
      return work;
    }
    const left = Math.max(0, start + timeouts.syncMs + timeouts.fillMs - clock.now());
    return within(clock, left, work, () => ({ kind: "direct", reason: "keeper-failed" }));
  }

  /** An older answer, when the origin fails: not purged since, and no older than its table allows. */
  staleIfError(order: ReadOrder): ReadResult | null {
    return this.#holdings.staleIfError(order, this.now(), []);
  }

  /** Syncs at least to a position that this isolate has just caused, and drops what was proven before it. */
  async follow(position: Position, anchor: WaitUntil): Promise<void> {
    this.#fences.dropProofs(position);
    await this.#fences.reach(this.#ports.clock.now(), position, anchor);
  }

  #fromMemory(begun: Begun): ReadResult | null {
    const held = this.#holdings.get(begun.read.key);
    if (!held || this.#holdings.isExpired(held, begun)) return null;
    const fence = this.#fences.fence;
    const accepted = fence?.accepts(held) ?? false;
    if (accepted && fence && fence.asOf > held.provenAt) held.provenAt = fence.asOf;
    if (!this.#holdings.serves(held, begun, accepted)) return null;
    this.#ahead(held, begun, accepted);
    const refused = fence !== null && !accepted;
    return this.#holdings.resultOf(held, begun, refused ? HIT.revalidating : HIT.memory);
  }

  /** Past half of the bound learns, and as late as it can refills, in the background and ahead of need. */
  #ahead(held: Held, begun: Begun, accepted: boolean): void {
    const { start, boundMs, anchor } = begun;
    const half = start - boundMs / 2;
    if (held.provenAt >= half || this.#breaker.open) return;
    const fence = this.#fences.fence;
    if (fence === null || fence.asOf < half) {
      this.#fences.ahead(half, anchor);
    } else if (!accepted) {
      // Each fill begins a period of the bound: what begins earlier than it must costs the origin more of them.
      // A key that many read can wait for its last moment; of one that few read, nobody may come then.
      const gap = start - Math.max(held.soughtAt, held.provenAt + boundMs / 2);
      held.soughtAt = start;
      const lead = Math.min(boundMs / 2, Math.max(LEAST_LEAD_MS, LEAD * held.fillMs, LEAD_GAPS * gap));
      const due = start - boundMs + lead;
      if (held.provenAt >= due) return;
      const flight = this.#flights.lead(begun.read.key);
      if (!flight) return;
      // With the reader's own bound it would get the same body back (P13); so, it gets one that another
      // isolate's refill has brought since. A bound of 0 would have every isolate ask the origin in turn.
      const work = this.#keeperReads.refresh({ ...begun, need: due, token: null }, held, fence);
      anchor(landing(flight, work));
    }
  }
}

/** Ends a flight with what became of it, and in any case. */
async function landing(flight: Flight<Outcome>, work: Promise<ReadResult>): Promise<void> {
  try {
    const result = await work;
    flight.land("outcome" in result ? result.outcome : undefined);
  } finally {
    flight.land();
  }
}
