import { type Flight, Flights } from "../cache/coalesce.ts";
import { within } from "../cache/deadline.ts";
import type { MemoryTier } from "../cache/memory-tier.ts";
import type { SteadyClock } from "../cache/steady-clock.ts";
import { Breaker } from "../keeper/breaker.ts";
import { KV_PUT_INTERVAL_MS } from "../keeper/constants.ts";
import type { Fence } from "../keeper/fence.ts";
import { type Anchor, FenceKeeper } from "../keeper/fence-keeper.ts";
import type {
  CacheableRead,
  Entry,
  FillAnswer,
  KeeperCalls,
  Mode,
  OriginFailure,
  Position,
} from "../keeper/messages.ts";
import type { Reporter } from "../keeper/reporter.ts";
import { bytesHeld, type Held, hold, positionOf } from "./held.ts";
import type { BypassReason, Outcome } from "./outcome.ts";
import { HIT, joined, miss, PASSED_ON } from "./read-outcomes.ts";
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
  readonly lookup: (generation: string, key: string) => Promise<Entry | null>;
  readonly memory: MemoryTier<Held>;
  readonly reporter: Reporter;
  readonly configHash: string;
  readonly timeouts: { readonly syncMs: number; readonly fillMs: number; readonly kvMs: number };
}

/** One read, with what its table and its caller ask for. */
export interface ReadOrder {
  readonly read: CacheableRead;
  readonly ttlMs: number;
  readonly staleIfErrorMs: number;
  /** The answer must be true as of a moment at most this long before the read began. */
  readonly boundMs: number;
  readonly token: Position | null;
  /** Whom a new key is accounted to; asked for only when one is. */
  readonly client: () => string;
  readonly anchor: Anchor;
}

export type ReadResult =
  | {
      readonly kind: "held";
      readonly held: Held;
      readonly outcome: Outcome;
      readonly asOf: number;
      /** Of a strict read, when the fence had reached its start: what a token may be made of (rule 22). */
      readonly position: Position | null;
    }
  /** An answer of the origin's that is not stored, for everybody who asks so. */
  | { readonly kind: "relay"; readonly response: Relayed; readonly outcome: Outcome }
  /** Ask the origin, uncached. */
  | { readonly kind: "direct"; readonly reason: BypassReason }
  | { readonly kind: "failed"; readonly reason: OriginFailure };

export type Relayed = Extract<FillAnswer, { kind: "relay" }>["response"];

/** A read that has begun: `need` is fixed at its start (PROTOCOL, rule 1). */
interface Begun extends ReadOrder {
  readonly start: number;
  readonly need: number;
}

/**
 * Reads through the cache in one isolate. What it gives is proven: true as of a moment not before `need`. What it
 * cannot prove, it leaves to the origin. PROTOCOL.md numbers the rules.
 */
export class Reader {
  readonly #ports: ReaderPorts;
  readonly #fences: FenceKeeper;
  readonly #breaker: Breaker;
  /** Tells those who wait how the answer came about. */
  readonly #flights: Flights<Outcome>;
  readonly #unshareable: UnshareableKeys;
  #learnedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: ReaderPorts) {
    this.#ports = ports;
    this.#breaker = new Breaker(ports.clock);
    this.#unshareable = new UnshareableKeys(ports.clock);
    this.#flights = new Flights(ports.clock, ports.timeouts.fillMs + ports.timeouts.syncMs);
    this.#fences = new FenceKeeper({ ...ports, breaker: this.#breaker });
    ports.clock.onStep = () => this.#fences.forget();
  }

  get fence(): Fence | null {
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
  learn(anchor: Anchor): void {
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
    const work = this.#throughKeeper(begun);
    if (flight) {
      order.anchor(landing(flight, work));
      // Its waits have deadlines of their own; a timer more would cost a KV hit a tenth.
      return work;
    }
    const left = Math.max(0, start + timeouts.syncMs + timeouts.fillMs - clock.now());
    return within(clock, left, work, () => ({ kind: "direct", reason: "keeper-failed" }));
  }

  /** An older answer, when the origin fails: not purged since, and no older than its table allows. */
  staleIfError(order: ReadOrder, candidates: readonly Held[] = []): ReadResult | null {
    const now = this.#ports.clock.now();
    const purgedAt = this.fence?.purgedAt ?? 0;
    const held = [this.#ports.memory.get(order.read.key), ...candidates].find(
      (candidate) =>
        candidate !== undefined &&
        (this.fence === null || candidate.generation === this.fence.generation) &&
        candidate.mark >= purgedAt &&
        (order.token === null ||
          (candidate.generation === order.token.generation && candidate.mark >= order.token.mark)) &&
        now - Math.max(candidate.provenAt, candidate.filledAt) <= order.boundMs + order.staleIfErrorMs,
    );
    if (!held || order.staleIfErrorMs === 0) return null;
    return { kind: "held", held, outcome: HIT["stale-if-error"], asOf: held.provenAt, position: null };
  }

  /** Syncs at least to a position that this isolate has just caused, and drops what was proven before it. */
  async follow(position: Position, anchor: Anchor): Promise<void> {
    this.#fences.dropProofs(position);
    await this.#fences.reach(this.#ports.clock.now(), position, anchor);
  }

  #fromMemory(begun: Begun): ReadResult | null {
    const { memory } = this.#ports;
    const held = memory.get(begun.read.key);
    if (!held || this.#expired(held, begun)) return null;
    const fence = this.#fences.fence;
    const accepted = fence?.accepts(held) ?? false;
    if (accepted && fence && fence.asOf > held.provenAt) held.provenAt = fence.asOf;
    if (!this.#serves(held, begun, accepted)) return null;
    this.#ahead(held, begun, accepted);
    const refused = fence !== null && !accepted;
    return this.#held(held, begun, refused ? HIT.revalidating : HIT.memory);
  }

  /** Proven young enough; and for a caller with a token, as of a position not before it (rules 11 and 12). */
  #serves(held: Held, { start, need, token }: Begun, accepted: boolean): boolean {
    const fence = this.#fences.fence;
    if (held.provenAt < need || !this.#fences.stands(held.provenAt, accepted)) return false;
    if (token === null) return true;
    if (held.generation !== token.generation) return held.provenAt >= start;
    return held.mark >= token.mark || (accepted && fence !== null && fence.mark >= token.mark);
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
      // With the reader's own bound it would get the same body back (rule 13); so, it gets one that another
      // isolate's refill has brought since. A bound of 0 would have every isolate ask the origin in turn.
      const work = this.#fill({ ...begun, need: due, token: null }, [held], fence, "refresh");
      anchor(landing(flight, work));
    }
  }

  async #throughKeeper(begun: Begun): Promise<ReadResult> {
    const { memory } = this.#ports;
    const inMemory = memory.get(begun.read.key);
    const [usable, stored] = await Promise.all([
      this.#fences.reach(begun.need, begun.token, begun.anchor),
      this.#lookup(begun, inMemory),
    ]);
    const fence = this.#fences.fence;
    if (!usable || !fence)
      return { kind: "direct", reason: this.#breaker.open ? "breaker-open" : "keeper-failed" };
    const late = stored === undefined ? await this.#lookup(begun, inMemory) : stored;
    const candidates = [memory.get(begun.read.key), late].filter((held) => held != null);
    for (const held of candidates) {
      if (this.#expired(held, begun) || !fence.accepts(held)) continue;
      held.provenAt = Math.max(held.provenAt, fence.asOf);
      if (!this.#serves(held, begun, fence === this.#fences.fence)) continue;
      this.#remember(held);
      return this.#held(held, begun, held === late ? HIT.kv : HIT.memory);
    }
    // A token of another generation cannot be compared: the read is strict instead (rule 22).
    const foreign = begun.token !== null && begun.token.generation !== fence.generation;
    const asked = foreign ? { ...begun, need: begun.start, token: null } : begun;
    return this.#fill(asked, candidates, fence, "miss");
  }

  /** Null: KV has nothing. Undefined: without a fence we do not know the generation to look for. */
  async #lookup(begun: Begun, inMemory: Held | undefined): Promise<Held | null | undefined> {
    const { clock, lookup, reporter, timeouts } = this.#ports;
    const fence = this.#fences.fence;
    if (!fence) return undefined;
    if (inMemory && !this.#expired(inMemory, begun) && fence.accepts(inMemory)) return null;
    // A key is put once a minute, and shown elsewhere a minute late: KV hardly ever holds anything younger than this.
    if (inMemory?.generation === fence.generation && begun.start - inMemory.filledAt < KV_PUT_INTERVAL_MS)
      return null;
    reporter.count("kvReads");
    const { key } = begun.read;
    const found = lookup(fence.generation, key).catch(() => null);
    const entry = await within(clock, timeouts.kvMs, found, () => null);
    return entry && hold(key, entry, Number.NEGATIVE_INFINITY);
  }

  async #fill(
    begun: Begun,
    candidates: readonly Held[],
    fence: Fence,
    priority: "miss" | "refresh",
  ): Promise<ReadResult> {
    const { clock, keeper, configHash, timeouts } = this.#ports;
    const { read, need, token, client } = begun;
    const have = candidates
      .filter((held) => held.generation === fence.generation && !this.#expired(held, begun))
      .sort((a, b) => b.mark - a.mark)[0];
    const provenByFence = fence.asOf;
    const startedAt = clock.now();
    const ask = async () =>
      keeper().fill({
        configHash,
        read,
        have: have ? positionOf(have) : null,
        at: fence.position,
        token,
        maxAge: Math.max(0, startedAt - need),
        priority,
        client: client(),
      });
    // What came before has used some of the time that a read may take.
    const left = Math.max(0, begun.start + timeouts.syncMs + timeouts.fillMs - startedAt);
    const answer = await within(
      clock,
      Math.min(timeouts.fillMs, left),
      ask().catch(() => null),
      () => null,
    );
    if (answer === null) {
      this.#breaker.failed();
      return { kind: "direct", reason: "keeper-failed" };
    }
    this.#breaker.succeeded();
    switch (answer.kind) {
      case "good": {
        if (!have) return { kind: "direct", reason: "keeper-failed" };
        // The very object that was presented, with the keeper's mark at the answering turn (rule 10).
        have.mark = Math.max(have.mark, answer.position.mark);
        have.provenAt = Math.max(have.provenAt, provenByFence);
        this.#remember(have);
        return this.#proven(have, begun, HIT.keeper);
      }
      case "entry": {
        const byAge = answer.age === null ? Number.NEGATIVE_INFINITY : startedAt - answer.age;
        const byFence = answer.accepted ? provenByFence : Number.NEGATIVE_INFINITY;
        const held = hold(read.key, answer.entry, Math.max(byAge, byFence));
        if (answer.source !== "stored") held.fillMs = clock.now() - startedAt;
        this.#remember(held);
        const outcome =
          answer.source === "stored" ? HIT.keeper : miss(candidates.length > 0, answer.source === "joined");
        return this.#proven(held, begun, outcome);
      }
      case "relay": {
        const stale = answer.response.status >= 500 ? this.staleIfError(begun, candidates) : null;
        if (stale) return stale;
        if (startedAt - answer.age < need) return { kind: "direct", reason: "cannot-prove" };
        return {
          kind: "relay",
          response: answer.response,
          outcome: PASSED_ON[answer.reason],
        };
      }
      case "direct":
        if (answer.reason !== "budget") this.#unshareable.remember(read.key, answer.reason);
        return answer;
      case "failed":
        return this.staleIfError(begun, candidates) ?? answer;
      case "refused":
        // Our fence is of another time than the keeper: learn its position for the next reader.
        this.#fences.ahead(startedAt, begun.anchor);
        return { kind: "direct", reason: "keeper-failed" };
    }
  }

  #proven(held: Held, begun: Begun, outcome: Outcome): ReadResult {
    const accepted = this.#fences.fence?.accepts(held) ?? false;
    if (!this.#serves(held, begun, accepted)) return { kind: "direct", reason: "cannot-prove" };
    return this.#held(held, begun, outcome);
  }

  /**
   * Whatever proves the body, a token is the fence's position, and only of a fence as young as the strict read: a fill
   * can be younger than all that the keeper has pulled when it began.
   */
  #held(held: Held, { boundMs, start }: Begun, outcome: Outcome): ReadResult {
    const fence = boundMs === 0 ? this.#fences.fence : null;
    const position = fence && fence.asOf >= start ? fence.position : null;
    return { kind: "held", held, outcome, asOf: held.provenAt, position };
  }

  /** Keeps an entry, unless one that is known to be newer stands there. */
  #remember(held: Held): void {
    const { memory } = this.#ports;
    const standing = memory.get(held.key);
    if (standing && standing.generation === held.generation && standing.mark > held.mark) return;
    memory.set(held.key, held, bytesHeld(held));
  }

  /** Time to live is in minutes: the start of the read is exact enough. */
  #expired(held: Held, { start, ttlMs }: Begun): boolean {
    return start - held.filledAt >= ttlMs;
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
