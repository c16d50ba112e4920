import type { Breaker } from "../../fence/breaker.ts";
import type { FenceSync } from "../../fence/fence-sync.ts";
import type { SingleFlight } from "../../runtime/single-flight.ts";
import type { ReadOutcome } from "../http/outcome.ts";
import type { AnswerMemory } from "./answer-memory.ts";
import type { ReadResult, StartedRead } from "./bounded-read.ts";
import type { HeldAnswer } from "./held-answer.ts";
import type { KeeperFills } from "./keeper-fills.ts";
import { HIT } from "./read-outcomes.ts";
import { landing } from "./refill-ahead.ts";

interface StaleWhileRevalidatePorts {
  readonly breaker: Breaker;
  readonly fences: FenceSync;
  readonly memory: AnswerMemory;
  readonly fills: KeeperFills;
  readonly flights: SingleFlight<ReadOutcome>;
}

/**
 * Answers at once with what is older than the bound but within the table's `staleWhileRevalidate`, and asks the keeper
 * behind (L2): nobody waits for a sync after a quiet time. The promise is the sum of both.
 */
export class StaleWhileRevalidate {
  readonly #ports: StaleWhileRevalidatePorts;

  constructor(ports: StaleWhileRevalidatePorts) {
    this.#ports = ports;
  }

  /** Null when the read has to wait. Call it after memory had no answer within the bound. */
  answer(read: StartedRead): ReadResult | null {
    const { memory, fences } = this.#ports;
    const { fence } = fences;
    const held = memory.get(read.read.key);
    if (!held || !fence || memory.isExpired(held, read)) return null;
    const oldest = read.need - read.staleWhileRevalidateMs;
    // The fence carries the mode and the purges, so it must be as young as the answer itself.
    if (fence.asOf < oldest) return null;
    // What a change is known to have touched keeps the plain bound (P11).
    if (!fence.accepts(held)) return null;
    if (!memory.serves(held, { ...read, need: oldest }, true)) return null;
    this.#revalidate(held, read);
    // No token comes of it: what it shows is as old as its proof.
    const asOf = Math.max(held.provenAt, fence.asOf);
    return { kind: "held", held, outcome: HIT["stale-while-revalidate"], asOf, position: null };
  }

  /** Behind the answer, one at a time for a key. */
  #revalidate(held: HeldAnswer, read: StartedRead): void {
    const { breaker, flights } = this.#ports;
    if (breaker.open) return;
    const flight = flights.lead(read.read.key);
    if (!flight) return;
    read.anchor(landing(flight, this.#refresh(held, read)));
  }

  /**
   * A sync, and a refill if the younger fence refuses the answer. Both have deadlines. They ask for half of the bound,
   * never for the sum: within the sum the next reader would again get an answer that is too old.
   */
  async #refresh(held: HeldAnswer, read: StartedRead): Promise<ReadResult> {
    const { fences, memory, fills } = this.#ports;
    // The readers who join are judged by their own tokens.
    const young: StartedRead = { ...read, need: read.start - read.boundMs / 2, token: null };
    const reached = await fences.reach(young.need, null, read.anchor);
    const { fence } = fences;
    if (reached === "failed" || !fence) return { kind: "direct", reason: "keeper-failed" };
    const current = memory.get(held.key) ?? held;
    if (!fence.accepts(current)) return fills.refresh(young, current, fence);
    current.provenAt = Math.max(current.provenAt, fence.asOf);
    memory.remember(current);
    return memory.provenResultOf(current, young, HIT.verified);
  }
}
