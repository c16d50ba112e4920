import type { Breaker } from "../../fence/breaker.ts";
import type { BucketFence } from "../../fence/bucket-fence.ts";
import type { FenceSync } from "../../fence/fence-sync.ts";
import type { UsageReporter } from "../../fence/usage.ts";
import type { StoredResponse } from "../../keeper/protocol/entry.ts";
import { isPersonalKey } from "../../keeper/protocol/names.ts";
import { within } from "../../runtime/deadline.ts";
import { type SteadyClock, TICK_MS } from "../../runtime/steady-clock.ts";
import type { AnswerMemory } from "./answer-memory.ts";
import type { ReadResult, ReadTimeouts, StartedRead } from "./bounded-read.ts";
import type { ColoPort } from "./colo/colo-cache.ts";
import { type HeldAnswer, hold } from "./held-answer.ts";
import { type FillRefused, type KeeperFills, timeLeft } from "./keeper-fills.ts";
import { mayKvHave } from "./kv/kv-worth.ts";
import { HIT } from "./read-outcomes.ts";
import { EarlyFill } from "./start/early-fill.ts";
import { FirstSync } from "./start/first-sync.ts";

interface MissPathPorts {
  readonly clock: SteadyClock;
  /** What KV holds for a key of this generation. May be old, and may fail. */
  readonly lookup: (generation: string, key: string) => Promise<StoredResponse | null>;
  /** Whether whoever is asked is near by: a mirror, or a keeper in this very region. */
  readonly isNear?: () => boolean;
  readonly colo: ColoPort;
  readonly reporter: UsageReporter;
  readonly breaker: Breaker;
  readonly fences: FenceSync;
  readonly memory: AnswerMemory;
  readonly fills: KeeperFills;
  readonly timeouts: ReadTimeouts;
}

/** Answers from outside this isolate, by where they lay. */
interface StoreAnswers {
  readonly colo: HeldAnswer | null;
  readonly kv: HeldAnswer | null;
}

const NOTHING: StoreAnswers = { colo: null, kv: null };

/** How a read is answered that memory could not answer at once: memory → stores and fence → judge → fill. */
export class MissPath {
  readonly #ports: MissPathPorts;
  readonly #firstSync: FirstSync;
  readonly #earlyFill: EarlyFill;

  constructor(ports: MissPathPorts) {
    this.#ports = ports;
    this.#firstSync = new FirstSync(ports);
    this.#earlyFill = new EarlyFill(ports);
  }

  /** A refusal is not a failure: one more sync brings a fence of the keeper's position, and with it the answer. */
  async read(read: StartedRead): Promise<ReadResult> {
    const result = await this.#attempt(read, read.need);
    if (result !== "refused") return result;
    const { clock, timeouts } = this.#ports;
    const again = this.#attempt(read, clock.now());
    const second = await within(clock, timeLeft(read, clock, timeouts), again, () => "refused" as const);
    return second === "refused" ? { kind: "direct", reason: "keeper-failed" } : second;
  }

  /** @param fenceNeed how young the fence must be; which answers serve, the read's own `need` decides */
  async #attempt(read: StartedRead, fenceNeed: number): Promise<ReadResult | FillRefused> {
    const { memory, fences, breaker, fills, colo } = this.#ports;
    const { key } = read.read;

    // 1. Memory: what is held tells whether a store can have anything newer.
    const before = memory.get(key);

    // 2. The stores and the fence, at the same time. Without a fence, the stores wait for the generation to look for.
    const need = Math.max(fenceNeed, this.#clearing(before, read));
    const reaching = fences.reach(need, read.token, read.anchor, read.client);
    const looking = this.#stored(read, before);
    const oldFence = fenceNeed === read.need ? this.#earlyFill.mayGo(read, before) : null;
    if (oldFence) {
      const filling = this.#earlyFill.fill(read, before, looking.then(heldIn), oldFence);
      const filled = await Promise.race([filling, failureOf(reaching)]);
      if (filled) return filled;
    }
    const [reached, found] = await Promise.all([
      fences.fence ? reaching : this.#firstSync.wait(key, reaching),
      looking,
    ]);
    if (reached === "late") return { kind: "direct", reason: "keeper-starting" };
    const { fence } = fences;
    // A direct read is fresh by nature, and costs the one operation that it would have cost without us.
    if (reached === "spent") return { kind: "direct", reason: "budget" };
    if (reached === "failed" || !fence)
      return { kind: "direct", reason: breaker.open ? "breaker-open" : "keeper-failed" };
    const stored = (found === undefined ? await this.#stored(read, before) : found) ?? NOTHING;

    // 3. Judge by the new fence. Memory again, as another read may have brought something newer during the wait.
    const candidates = [memory.get(key), ...heldIn(stored)].filter((held) => held !== undefined);
    const asked = verifiable(read, fence);
    for (const held of candidates) {
      if (!memory.isGood(held, asked, fence)) continue;
      held.provenAt = Math.max(held.provenAt, fence.asOf);
      if (!memory.serves(held, asked, fence === fences.fence)) continue;
      memory.remember(held);
      if (held === stored.kv) colo.keep(key, held, memory.lifeOf(held, read), read.anchor);
      const isEarly = oldFence !== null && held !== before;
      const where =
        held === stored.colo ? HIT.colo : held === stored.kv ? HIT.kv : isEarly ? HIT.keeper : HIT.verified;
      return memory.resultOf(held, asked, where);
    }

    // 4. Fill: the keeper confirms a candidate or gives another answer.
    return fills.fill({ read: asked, candidates, fence, priority: "miss", pulled: reached === "pulled" });
  }

  /**
   * How young the fence must be that clears what another reader's token has fetched: younger than that answer (S8). −∞
   * when there is no such answer, or clearing it would not help.
   */
  #clearing(held: HeldAnswer | undefined, read: StartedRead): number {
    const { memory, fences } = this.#ports;
    const isHelpful = held && !memory.isExpired(held, read) && memory.isUncleared(held, read);
    if (!isHelpful || !fences.fence?.accepts(held)) return Number.NEGATIVE_INFINITY;
    return held.arrivedAt + TICK_MS;
  }

  /**
   * What lies outside this isolate: first in the same building, then in KV. Undefined when there is no fence, hence no
   * generation to look for.
   */
  async #stored(read: StartedRead, inMemory: HeldAnswer | undefined): Promise<StoreAnswers | undefined> {
    const { fences, memory, colo: cache } = this.#ports;
    const { key } = read.read;
    if (isPersonalKey(key)) return NOTHING;
    const { fence } = fences;
    if (!fence) return undefined;
    if (inMemory && memory.isGood(inMemory, read, fence)) return NOTHING;
    const look = cache.find(fence.generation, key);
    const found = look === undefined ? null : await look;
    const colo = found && hold(key, found, Number.NEGATIVE_INFINITY);
    if (colo && memory.isGood(colo, read, fence)) return { colo, kv: null };
    const known = [inMemory, colo].filter((held) => held != null);
    const isNear = this.#ports.isNear?.() ?? false;
    if (!mayKvHave(known, { read, fence, isNear })) return { colo, kv: null };
    const kv = await this.#fromKv(fence.generation, key);
    return { colo, kv: kv && hold(key, kv, Number.NEGATIVE_INFINITY) };
  }

  async #fromKv(generation: string, key: string): Promise<StoredResponse | null> {
    const { clock, lookup, reporter, timeouts } = this.#ports;
    reporter.count("kvReads");
    const found = lookup(generation, key).catch(() => null);
    return within(clock, timeouts.kvMs, found, () => null);
  }
}

function heldIn(stored: StoreAnswers | undefined): readonly HeldAnswer[] {
  return [stored?.colo, stored?.kv].filter((held) => held != null);
}

/** Null as soon as that has failed. A success is not waited for here. */
function failureOf(reaching: Promise<string>): Promise<null> {
  return new Promise((resolve) => void reaching.then((reached) => reached === "failed" && resolve(null)));
}

/** A token of another generation, or ahead of the keeper, cannot be verified: the read is strict instead (P22). */
function verifiable(read: StartedRead, fence: BucketFence): StartedRead {
  const isVerified = read.token === null || fence.covers(read.token);
  return isVerified ? read : { ...read, need: read.start, boundMs: 0, token: null };
}
