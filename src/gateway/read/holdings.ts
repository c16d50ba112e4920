import type { FenceSync } from "../../fence/fence-sync.ts";
import type { Lru } from "../../runtime/lru.ts";
import type { Outcome } from "../http/outcome.ts";
import { bytesHeld, type Held } from "./held.ts";
import type { Begun, ReadOrder, ReadResult } from "./read-order.ts";
import { HIT } from "./read-outcomes.ts";

/** What an isolate holds, and whom it may serve. docs/design/protocol.md numbers the rules. */
export class Holdings {
  readonly #memory: Lru<Held>;
  readonly #fences: FenceSync;

  constructor(memory: Lru<Held>, fences: FenceSync) {
    this.#memory = memory;
    this.#fences = fences;
  }

  get(key: string): Held | undefined {
    return this.#memory.get(key);
  }

  /** Keeps an entry, unless one that is known to be newer stands there. */
  remember(held: Held): void {
    const standing = this.#memory.get(held.key);
    if (standing && standing.generation === held.generation && standing.mark > held.mark) return;
    this.#memory.set(held.key, held, bytesHeld(held));
  }

  /** Time to live is in minutes: the start of the read is exact enough. */
  isExpired(held: Held, { start, ttlMs }: Begun): boolean {
    return start - held.filledAt >= ttlMs;
  }

  /** Proven young enough; and for a caller with a token, as of a position not before it (P11, P12). */
  serves(held: Held, { start, need, token }: Begun, accepted: boolean): boolean {
    const fence = this.#fences.fence;
    if (held.provenAt < need || !this.#fences.stands(held.provenAt, accepted)) return false;
    // What is true as of now reflects every write before it: a token that cannot be verified is read so (P22).
    if (token === null || held.provenAt >= start) return true;
    if (held.generation !== token.generation) return false;
    return held.mark >= token.mark || (accepted && fence !== null && fence.mark >= token.mark);
  }

  /**
   * Whatever proves the body, a token is the fence's position, and only of a fence as young as the strict read: a fill
   * can be younger than all that the keeper has pulled when it began.
   */
  resultOf(held: Held, { boundMs, start }: Begun, outcome: Outcome): ReadResult {
    const fence = boundMs === 0 ? this.#fences.fence : null;
    const position = fence && fence.asOf >= start ? fence.position : null;
    return { kind: "held", held, outcome, asOf: held.provenAt, position };
  }

  /** The same for what the keeper has given; direct when it is not proven for this caller. */
  provenResultOf(held: Held, begun: Begun, outcome: Outcome): ReadResult {
    const accepted = this.#fences.fence?.accepts(held) ?? false;
    if (!this.serves(held, begun, accepted)) return { kind: "direct", reason: "cannot-prove" };
    return this.resultOf(held, begun, outcome);
  }

  /** An older answer, when the origin fails: not purged since, and no older than its table allows. */
  staleIfError(order: ReadOrder, now: number, candidates: readonly Held[]): ReadResult | null {
    const { fence } = this.#fences;
    const purgedAt = fence?.purgedAt ?? 0;
    const { token, boundMs, staleIfErrorMs } = order;
    const held = [this.#memory.get(order.read.key), ...candidates].find(
      (candidate) =>
        candidate !== undefined &&
        (fence === null || candidate.generation === fence.generation) &&
        candidate.mark >= purgedAt &&
        (token === null || (candidate.generation === token.generation && candidate.mark >= token.mark)) &&
        now - Math.max(candidate.provenAt, candidate.filledAt) <= boundMs + staleIfErrorMs,
    );
    if (!held || staleIfErrorMs === 0) return null;
    return { kind: "held", held, outcome: HIT["stale-if-error"], asOf: held.provenAt, position: null };
  }
}
