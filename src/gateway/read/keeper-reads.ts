import type { Breaker } from "../../fence/breaker.ts";
import type { BucketFence } from "../../fence/bucket-fence.ts";
import type { FenceSync } from "../../fence/fence-sync.ts";
import type { UsageReporter } from "../../fence/usage.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import { KV_PUT_INTERVAL_MS } from "../../keeper/protocol/constants.ts";
import type { StoredResponse } from "../../keeper/protocol/entry.ts";
import type { FillAnswer } from "../../keeper/protocol/fill.ts";
import { within } from "../../runtime/deadline.ts";
import type { SteadyClock } from "../../runtime/steady-clock.ts";
import { type Held, hold, positionOf } from "./held.ts";
import type { Holdings } from "./holdings.ts";
import type { Begun, ReadResult } from "./read-order.ts";
import { HIT, miss, PASSED_ON } from "./read-outcomes.ts";
import type { UnshareableKeys } from "./unshareable-keys.ts";

export interface KeeperReadsPorts {
  readonly clock: SteadyClock;
  /** A fresh stub: one that failed stays broken. */
  readonly keeper: () => Pick<KeeperCalls, "fill">;
  /** What KV holds for a key, of this generation. May be old, may fail. */
  readonly lookup: (generation: string, key: string) => Promise<StoredResponse | null>;
  readonly reporter: UsageReporter;
  readonly breaker: Breaker;
  readonly fences: FenceSync;
  readonly holdings: Holdings;
  readonly unshareable: UnshareableKeys;
  readonly configHash: string;
  readonly timeouts: { readonly syncMs: number; readonly fillMs: number; readonly kvMs: number };
}

/** A fill: for whom, with what to keep, and by which fence. */
interface FillOrder {
  readonly begun: Begun;
  readonly candidates: readonly Held[];
  readonly fence: BucketFence;
  readonly priority: "miss" | "refresh";
  /** Whether the read has cost a pull already. */
  readonly pulled: boolean;
}

/** The keeper is of another generation than the fence it was asked with, or behind it. */
type Refused = "refused";

/** Reads for which this isolate's memory is not enough: they ask KV and the keeper. */
export class KeeperReads {
  readonly #ports: KeeperReadsPorts;

  constructor(ports: KeeperReadsPorts) {
    this.#ports = ports;
  }

  /** A refusal is no failure: a fence of the keeper's position is had in one more call, and the answer by it. */
  async read(begun: Begun): Promise<ReadResult> {
    const result = await this.#readBy(begun, begun.need);
    if (result !== "refused") return result;
    const { clock } = this.#ports;
    const again = this.#readBy(begun, clock.now());
    const second = await within(clock, this.#left(begun), again, () => "refused" as const);
    return second === "refused" ? { kind: "direct", reason: "keeper-failed" } : second;
  }

  /** Ahead of need, in the background. */
  async refresh(begun: Begun, held: Held, fence: BucketFence): Promise<ReadResult> {
    const { clock, fences } = this.#ports;
    const result = await this.#fill({ begun, candidates: [held], fence, priority: "refresh", pulled: false });
    if (result !== "refused") return result;
    // For the next reader.
    fences.ahead(clock.now(), begun.anchor);
    return { kind: "direct", reason: "keeper-failed" };
  }

  /** @param fenceFrom how young the fence must be; what is served, the read's own `need` says */
  async #readBy(begun: Begun, fenceFrom: number): Promise<ReadResult | Refused> {
    const { holdings, fences, breaker } = this.#ports;
    const inMemory = holdings.get(begun.read.key);
    const [reached, stored] = await Promise.all([
      fences.reach(fenceFrom, begun.token, begun.anchor, begun.client),
      this.#lookup(begun, inMemory),
    ]);
    const { fence } = fences;
    // Fresh by nature, and one operation: what it would have cost without us.
    if (reached === "spent") return { kind: "direct", reason: "budget" };
    if (reached === "failed" || !fence)
      return { kind: "direct", reason: breaker.open ? "breaker-open" : "keeper-failed" };
    const late = stored === undefined ? await this.#lookup(begun, inMemory) : stored;
    const candidates = [holdings.get(begun.read.key), late].filter((held) => held != null);
    // A token of another generation, or ahead of the keeper, cannot be verified: the read is strict instead (P22).
    const isVerified = begun.token === null || fence.covers(begun.token);
    const asked = isVerified ? begun : { ...begun, need: begun.start, boundMs: 0, token: null };
    for (const held of candidates) {
      if (holdings.isExpired(held, asked) || !fence.accepts(held)) continue;
      held.provenAt = Math.max(held.provenAt, fence.asOf);
      if (!holdings.serves(held, asked, fence === fences.fence)) continue;
      holdings.remember(held);
      return holdings.resultOf(held, asked, held === late ? HIT.kv : HIT.memory);
    }
    return this.#fill({ begun: asked, candidates, fence, priority: "miss", pulled: reached === "pulled" });
  }

  /** Null: KV has nothing. Undefined: without a fence we do not know the generation to look for. */
  async #lookup(begun: Begun, inMemory: Held | undefined): Promise<Held | null | undefined> {
    const { clock, lookup, reporter, timeouts, fences, holdings } = this.#ports;
    const { fence } = fences;
    if (!fence) return undefined;
    if (inMemory && !holdings.isExpired(inMemory, begun) && fence.accepts(inMemory)) return null;
    // A key is put once a minute, and shown elsewhere a minute late: KV hardly ever holds anything younger than this.
    if (inMemory?.generation === fence.generation && begun.start - inMemory.filledAt < KV_PUT_INTERVAL_MS)
      return null;
    reporter.count("kvReads");
    const { key } = begun.read;
    const found = lookup(fence.generation, key).catch(() => null);
    const entry = await within(clock, timeouts.kvMs, found, () => null);
    return entry && hold(key, entry, Number.NEGATIVE_INFINITY);
  }

  async #fill(order: FillOrder): Promise<ReadResult | Refused> {
    const { clock, keeper, configHash, timeouts, breaker, holdings } = this.#ports;
    const { begun, candidates, fence, priority, pulled } = order;
    const { read, need, token, client } = begun;
    const have = candidates
      .filter((held) => held.generation === fence.generation && !holdings.isExpired(held, begun))
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
        boundMs: Math.max(0, startedAt - need),
        priority,
        client: client(),
        pulled,
      });
    // What came before has used some of the time that a read may take.
    const answer = await within(
      clock,
      Math.min(timeouts.fillMs, this.#left(begun)),
      ask().catch(() => null),
      () => null,
    );
    if (answer === null) {
      breaker.failed();
      return { kind: "direct", reason: "keeper-failed" };
    }
    breaker.succeeded();
    return this.#resultOf(answer, order, { have, provenByFence, startedAt });
  }

  #resultOf(
    answer: FillAnswer,
    { begun, candidates }: FillOrder,
    asked: { readonly have: Held | undefined; readonly provenByFence: number; readonly startedAt: number },
  ): ReadResult | Refused {
    const { clock, holdings, unshareable } = this.#ports;
    const { have, provenByFence, startedAt } = asked;
    const { read, need } = begun;
    switch (answer.kind) {
      case "good": {
        if (!have) return { kind: "direct", reason: "keeper-failed" };
        // The very object that was presented, with the keeper's mark at the answering turn (P10).
        have.mark = Math.max(have.mark, answer.position.mark);
        have.provenAt = Math.max(have.provenAt, provenByFence);
        holdings.remember(have);
        return holdings.provenResultOf(have, begun, HIT.keeper);
      }
      case "entry": {
        const byAge = answer.age === null ? Number.NEGATIVE_INFINITY : startedAt - answer.age;
        const byFence = answer.accepted ? provenByFence : Number.NEGATIVE_INFINITY;
        const held = hold(read.key, answer.entry, Math.max(byAge, byFence));
        if (answer.source !== "stored") held.fillMs = clock.now() - startedAt;
        holdings.remember(held);
        const outcome =
          answer.source === "stored" ? HIT.keeper : miss(candidates.length > 0, answer.source === "joined");
        return holdings.provenResultOf(held, begun, outcome);
      }
      case "relay": {
        const isError = answer.response.status >= 500;
        const stale = isError ? holdings.staleIfError(begun, clock.now(), candidates) : null;
        if (stale) return stale;
        if (startedAt - answer.age < need) return { kind: "direct", reason: "cannot-prove" };
        return { kind: "relay", response: answer.response, outcome: PASSED_ON[answer.reason] };
      }
      case "direct":
        // Should the origin fail as well, what KV had may still serve.
        if (answer.reason === "budget") for (const held of candidates) holdings.remember(held);
        else unshareable.remember(read.key, answer.reason);
        return answer;
      case "failed":
        return holdings.staleIfError(begun, clock.now(), candidates) ?? answer;
      case "refused":
        return answer.reason === "configuration" ? { kind: "direct", reason: "keeper-failed" } : "refused";
    }
  }

  /** What is left of the time that a read may take. */
  #left({ start }: Begun): number {
    const { clock, timeouts } = this.#ports;
    return Math.max(0, start + timeouts.syncMs + timeouts.fillMs - clock.now());
  }
}
