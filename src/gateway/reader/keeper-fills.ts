import type { Breaker } from "../../fence/breaker.ts";
import type { BucketFence } from "../../fence/bucket-fence.ts";
import type { FenceSync } from "../../fence/fence-sync.ts";
import { type Bearer, isOfTheBearer } from "../../keeper/protocol/audience.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { FillAnswer, FillRequest } from "../../keeper/protocol/fill.ts";
import { UNWATCHED_BUCKET } from "../../keeper/protocol/names.ts";
import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import { type SteadyClock, wholeMsSince } from "../../runtime/steady-clock.ts";
import type { AnswerMemory } from "./answer-memory.ts";
import type { ReadResult, StartedRead } from "./bounded-read.ts";
import type { ColoPort } from "./colo/colo-cache.ts";
import { type HeldAnswer, hold, positionOf } from "./held-answer.ts";
import { HIT, miss, PASSED_ON } from "./read-outcomes.ts";
import type { UnshareableKeys } from "./unshareable-keys.ts";

interface KeeperFillsPorts {
  readonly clock: SteadyClock;
  /**
   * A fresh stub for each call: one that failed stays broken.
   *
   * @param timeMs how long its answer is waited for
   */
  readonly keeper: (timeMs: number) => Pick<KeeperCalls, "fill">;
  readonly breaker: Breaker;
  readonly fences: FenceSync;
  readonly memory: AnswerMemory;
  readonly colo: ColoPort;
  readonly unshareable: UnshareableKeys;
  readonly configHash: string;
  readonly timeouts: { readonly syncMs: number; readonly fillMs: number };
}

/** One fill: the read it is for, what the isolate already has, and the fence it is judged by. */
interface FillOrder {
  readonly read: StartedRead;
  readonly candidates: readonly HeldAnswer[];
  readonly fence: BucketFence;
  readonly priority: "miss" | "refresh";
  /** Whether the read has already cost a pull. "beside": the sync that may cost one is under way. */
  readonly pulled: FillRequest["pulled"];
}

/** The keeper is of another generation than the fence that it was asked with, or behind it. */
export type FillRefused = "refused";

/** Asks the keeper for answers, and judges what it says. */
export class KeeperFills {
  readonly #ports: KeeperFillsPorts;

  constructor(ports: KeeperFillsPorts) {
    this.#ports = ports;
  }

  /** Refills an answer in the background, ahead of need. */
  async refresh(read: StartedRead, held: HeldAnswer, fence: BucketFence): Promise<ReadResult> {
    const { clock, fences } = this.#ports;
    const result = await this.fill({ read, candidates: [held], fence, priority: "refresh", pulled: false });
    if (result !== "refused") return result;
    // For the next reader.
    fences.ahead(clock.now(), read.anchor);
    return { kind: "direct", reason: "keeper-failed" };
  }

  async fill(order: FillOrder): Promise<ReadResult | FillRefused> {
    const { clock, keeper, configHash, timeouts, breaker, fences, memory, colo } = this.#ports;
    const { read, fence, priority, pulled } = order;
    // "Still good" is said of an answer, not of whom it may be given to, so only what is the caller's counts.
    const isPresent = fence === this.#ports.fences.fence;
    const candidates = order.candidates.filter((held) =>
      memory.isFor(held, read, isPresent && fence.accepts(held)),
    );
    const have = candidates
      .filter((held) => held.generation === fence.generation && !memory.isExpired(held, read))
      .sort((a, b) => b.mark - a.mark)[0];
    const provenByFence = fence.asOf;
    const startedAt = clock.now();
    // What came before has used up some of the time that a read may take.
    const timeMs = Math.min(timeouts.fillMs, timeLeft(read, clock, timeouts));
    const ask = async () =>
      keeper(timeMs).fill({
        configHash,
        read: read.read,
        bearer: bearerOf(read),
        have: have ? positionOf(have) : null,
        at: fences.leastPosition(fence),
        token: read.token,
        boundMs: wholeMsSince(read.need, startedAt),
        priority,
        client: read.client(),
        place: colo.place,
        pulled,
      });
    const answer = await within(
      clock,
      timeMs,
      ask().catch(() => null),
      () => null,
    );
    if (answer === null) {
      breaker.failed();
      return { kind: "direct", reason: "keeper-failed" };
    }
    breaker.succeeded();
    return this.#resultOf(answer, { read, candidates }, { have, provenByFence, startedAt });
  }

  #resultOf(
    answer: FillAnswer,
    { read, candidates }: Pick<FillOrder, "read" | "candidates">,
    asked: {
      readonly have: HeldAnswer | undefined;
      readonly provenByFence: number;
      readonly startedAt: number;
    },
  ): ReadResult | FillRefused {
    const { clock, memory, unshareable } = this.#ports;
    const { have, provenByFence, startedAt } = asked;
    const { key } = read.read;
    switch (answer.kind) {
      case "good": {
        if (!have) return { kind: "direct", reason: "keeper-failed" };
        // The very object that was presented, with the keeper's mark at the answering turn (P10).
        have.mark = Math.max(have.mark, answer.position.mark);
        have.provenAt = Math.max(have.provenAt, provenByFence);
        memory.remember(have);
        this.#leave(have, read);
        return memory.provenResultOf(have, read, HIT.keeper);
      }
      case "entry": {
        const byAge = answer.age === null ? Number.NEGATIVE_INFINITY : startedAt - answer.age;
        const byFence = answer.accepted ? provenByFence : Number.NEGATIVE_INFINITY;
        const { sharing } = answer;
        const owner = sharing === "free" ? null : (read.bearer?.digest ?? null);
        const given = { owner, sharing, arrivedAt: clock.now() };
        const held = hold(key, answer.entry, Math.max(byAge, byFence), given);
        if (answer.source !== "stored") held.fillMs = clock.now() - startedAt;
        memory.remember(held);
        this.#leave(held, read);
        const outcome =
          answer.source === "stored" ? HIT.keeper : miss(candidates.length > 0, answer.source === "joined");
        return memory.provenResultOf(held, read, outcome);
      }
      case "relay": {
        const isError = answer.response.status >= 500;
        const stale = isError ? memory.staleIfError(read, clock.now(), candidates) : null;
        if (stale) return stale;
        if (startedAt - answer.age < read.need) return { kind: "direct", reason: "cannot-prove" };
        return { kind: "relay", response: answer.response, outcome: PASSED_ON[answer.reason] };
      }
      case "direct":
        // If the origin fails as well, what KV had may still serve.
        if (answer.reason === "budget") for (const held of candidates) memory.remember(held);
        else if (!isOfTheBearer(answer.reason)) unshareable.remember(key, answer.reason);
        return answer;
      case "failed":
        return memory.staleIfError(read, clock.now(), candidates) ?? answer;
      case "refused":
        return answer.reason === "configuration" ? { kind: "direct", reason: "keeper-failed" } : "refused";
    }
  }

  /** For the other isolates of the data centre: an answer that is everybody's whom its key is for. */
  #leave(held: HeldAnswer, read: StartedRead): void {
    if (held.owner !== null || held.buckets.includes(UNWATCHED_BUCKET)) return;
    const { colo, memory } = this.#ports;
    colo.keep(held.key, held, memory.lifeOf(held, read), read.anchor);
  }
}

function bearerOf({ bearer }: StartedRead): Bearer | null {
  return bearer && { digest: bearer.digest, token: bearer.token };
}

/** How many milliseconds are left of the time that a read may take: one sync and one fill. */
export function timeLeft(
  { start }: StartedRead,
  clock: Clock,
  { syncMs, fillMs }: { readonly syncMs: number; readonly fillMs: number },
): number {
  return Math.max(0, start + syncMs + fillMs - clock.now());
}
