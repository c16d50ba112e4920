import type { Breaker } from "../../fence/breaker.ts";
import type { BucketFence } from "../../fence/bucket-fence.ts";
import type { FenceSync } from "../../fence/fence-sync.ts";
import type { UsageReporter } from "../../fence/usage.ts";
import { KV_PUT_INTERVAL_MS } from "../../keeper/protocol/constants.ts";
import type { StoredResponse } from "../../keeper/protocol/entry.ts";
import { isPersonalKey } from "../../keeper/protocol/names.ts";
import { within } from "../../runtime/deadline.ts";
import { type SteadyClock, TICK_MS } from "../../runtime/steady-clock.ts";
import type { AnswerMemory } from "./answer-memory.ts";
import type { ReadResult, StartedRead } from "./bounded-read.ts";
import { type HeldAnswer, hold } from "./held-answer.ts";
import { type FillRefused, type KeeperFills, timeLeft } from "./keeper-fills.ts";
import { HIT } from "./read-outcomes.ts";

interface MissPathPorts {
  readonly clock: SteadyClock;
  /** What KV holds for a key of this generation. May be old, and may fail. */
  readonly lookup: (generation: string, key: string) => Promise<StoredResponse | null>;
  /** Whether whoever is asked is near by: a mirror, or a keeper in this very region. */
  readonly isNear?: () => boolean;
  readonly reporter: UsageReporter;
  readonly breaker: Breaker;
  readonly fences: FenceSync;
  readonly memory: AnswerMemory;
  readonly fills: KeeperFills;
  readonly timeouts: { readonly syncMs: number; readonly fillMs: number; readonly kvMs: number };
}

/** How a read is answered that memory could not answer at once: memory → KV and fence → judge → fill. */
export class MissPath {
  readonly #ports: MissPathPorts;

  constructor(ports: MissPathPorts) {
    this.#ports = ports;
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
    const { memory, fences, breaker, fills } = this.#ports;
    const { key } = read.read;

    // 1. Memory: what is held tells whether KV can have anything newer.
    const before = memory.get(key);

    // 2. KV and the fence, at the same time. Without a fence, KV has to wait for the generation to look for.
    const [reached, early] = await Promise.all([
      fences.reach(Math.max(fenceNeed, this.#clearing(before, read)), read.token, read.anchor, read.client),
      this.#fromKv(read, before),
    ]);
    const { fence } = fences;
    // A direct read is fresh by nature, and costs the one operation that it would have cost without us.
    if (reached === "spent") return { kind: "direct", reason: "budget" };
    if (reached === "failed" || !fence)
      return { kind: "direct", reason: breaker.open ? "breaker-open" : "keeper-failed" };
    const inKv = early === undefined ? await this.#fromKv(read, before) : early;

    // 3. Judge by the new fence. Memory again, as another read may have brought something newer during the wait.
    const candidates = [memory.get(key), inKv].filter((held) => held != null);
    const asked = verifiable(read, fence);
    for (const held of candidates) {
      if (memory.isExpired(held, asked) || !fence.accepts(held)) continue;
      held.provenAt = Math.max(held.provenAt, fence.asOf);
      if (!memory.serves(held, asked, fence === fences.fence)) continue;
      memory.remember(held);
      return memory.resultOf(held, asked, held === inKv ? HIT.kv : HIT.verified);
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

  /** Null when KV has nothing for us; undefined when there is no fence, hence no generation to look for. */
  async #fromKv(read: StartedRead, inMemory: HeldAnswer | undefined): Promise<HeldAnswer | null | undefined> {
    const { clock, lookup, reporter, timeouts, fences, memory } = this.#ports;
    const { key } = read.read;
    if (isPersonalKey(key)) return null;
    const { fence } = fences;
    if (!fence) return undefined;
    if (inMemory && !memory.isExpired(inMemory, read) && fence.accepts(inMemory)) return null;
    // A key is put at most once a minute and appears elsewhere a minute later: younger answers are hardly ever in KV. A
    // mirror near by has refilled what a change has refused before KV shows it, and is asked sooner, as a near keeper is.
    const isTooYoung = inMemory && read.start - inMemory.filledAt < KV_PUT_INTERVAL_MS;
    if (inMemory?.generation === fence.generation && (isTooYoung || this.#ports.isNear?.())) return null;
    reporter.count("kvReads");
    const found = lookup(fence.generation, key).catch(() => null);
    const entry = await within(clock, timeouts.kvMs, found, () => null);
    return entry && hold(key, entry, Number.NEGATIVE_INFINITY);
  }
}

/** A token of another generation, or ahead of the keeper, cannot be verified: the read is strict instead (P22). */
function verifiable(read: StartedRead, fence: BucketFence): StartedRead {
  const isVerified = read.token === null || fence.covers(read.token);
  return isVerified ? read : { ...read, need: read.start, boundMs: 0, token: null };
}
