import type { BucketFence } from "../../fence/bucket-fence.ts";
import type { FenceSync } from "../../fence/fence-sync.ts";
import type { Lru } from "../../runtime/lru.ts";
import type { ReadOutcome } from "../http/outcome.ts";
import type { BoundedRead, ReadResult, StartedRead } from "./bounded-read.ts";
import { bytesHeld, type HeldAnswer, mayServeOnError } from "./held-answer.ts";
import { HIT } from "./read-outcomes.ts";

/** The answers in this isolate's memory, and which reads each of them may serve. */
export class AnswerMemory {
  readonly #memory: Lru<HeldAnswer>;
  readonly #fences: FenceSync;

  constructor(memory: Lru<HeldAnswer>, fences: FenceSync) {
    this.#memory = memory;
    this.#fences = fences;
  }

  get(key: string): HeldAnswer | undefined {
    return this.#memory.get(key);
  }

  /** Stores an answer, unless the one in its place is known to be newer. */
  remember(held: HeldAnswer): void {
    const standing = this.#memory.get(held.key);
    if (standing && standing.generation === held.generation && standing.mark > held.mark) return;
    this.#memory.set(held.key, held, bytesHeld(held));
  }

  /** A time to live is minutes long, so the start of the read is exact enough. */
  isExpired(held: HeldAnswer, { start, ttlMs }: StartedRead): boolean {
    return start - held.filledAt >= ttlMs;
  }

  /** For how many milliseconds it may still serve anybody, by its time to live. */
  lifeOf(held: HeldAnswer, { start, ttlMs }: StartedRead): number {
    return held.filledAt + ttlMs - start;
  }

  /** Whether this fence has nothing against the answer, nor has its time to live. What one refuses, younger ones refuse as well. */
  isGood(held: HeldAnswer, read: StartedRead, fence: BucketFence): boolean {
    return !this.isExpired(held, read) && fence.accepts(held);
  }

  /**
   * Whether the answer is this caller's to have: it was fetched with their own token, or is everybody's whom its key is
   * for. One that is not cleared yet becomes everybody's under a fence whose pull began after it had arrived: that pull
   * would have brought a changed policy, which would be another generation (S8).
   *
   * @param accepted whether the present fence accepts the answer
   */
  isFor(held: HeldAnswer, { bearer }: BoundedRead, accepted: boolean): boolean {
    if (bearer !== null && held.generation !== bearer.generation) return false;
    if (held.owner === null || held.owner === bearer?.digest) return true;
    const fence = this.#fences.fence;
    // Without capture nothing is pulled, and the fence's moment says nothing about policies.
    if (held.sharing !== "uncleared" || !accepted || !fence?.proven) return false;
    if (fence.asOf <= held.arrivedAt) return false;
    held.owner = null;
    return true;
  }

  /** Whether a younger fence may make the answer this caller's. */
  isUncleared(held: HeldAnswer, { bearer }: BoundedRead): boolean {
    if (held.sharing !== "uncleared" || held.generation !== bearer?.generation) return false;
    return held.owner !== null && held.owner !== bearer.digest;
  }

  /**
   * Whether the answer is the caller's to have, proven young enough and, for a caller with a token, as of the token's position or a later
   * one (P11, P12).
   *
   * @param accepted whether the present fence accepts the answer
   */
  serves(held: HeldAnswer, read: StartedRead, accepted: boolean): boolean {
    const { start, need, token } = read;
    const fence = this.#fences.fence;
    if (!this.isFor(held, read, accepted)) return false;
    if (held.provenAt < need || !this.#fences.stands(held.provenAt, accepted, held)) return false;
    // What is true as of now reflects every earlier write, so it also serves a token that cannot be verified (P22).
    if (token === null || held.provenAt >= start) return true;
    if (held.generation !== token.generation) return false;
    return held.mark >= token.mark || (accepted && fence !== null && fence.mark >= token.mark);
  }

  /**
   * The answer as a read's result. Its token is the fence's position, whatever proves the body, and only of a fence as
   * young as the strict read: a fill can be younger than all that the keeper had pulled when it began.
   */
  resultOf(held: HeldAnswer, { boundMs, start }: StartedRead, outcome: ReadOutcome): ReadResult {
    const fence = boundMs === 0 ? this.#fences.fence : null;
    const position = fence && fence.asOf >= start ? fence.position : null;
    return { kind: "held", held, outcome, asOf: held.provenAt, position };
  }

  /** The same for an answer that the keeper has just given; `direct` when it is not proven for this caller. */
  provenResultOf(held: HeldAnswer, read: StartedRead, outcome: ReadOutcome): ReadResult {
    const accepted = this.#fences.fence?.accepts(held) ?? false;
    if (!this.serves(held, read, accepted)) return { kind: "direct", reason: "cannot-prove" };
    return this.resultOf(held, read, outcome);
  }

  /**
   * An older answer for when the origin fails: not purged since, and within the table's `staleIfError`. Null when there
   * is none.
   *
   * @param candidates answers that are not in memory, such as the one that KV had
   */
  staleIfError(read: BoundedRead, now: number, candidates: readonly HeldAnswer[]): ReadResult | null {
    const { fence } = this.#fences;
    const purgedAt = fence?.purgedAt ?? 0;
    const { token } = read;
    if (read.staleIfErrorMs === 0) return null;
    const held = [this.#memory.get(read.read.key), ...candidates].find(
      (candidate) =>
        candidate !== undefined &&
        this.isFor(candidate, read, false) &&
        (fence === null || candidate.generation === fence.generation) &&
        candidate.mark >= purgedAt &&
        (token === null || (candidate.generation === token.generation && candidate.mark >= token.mark)) &&
        mayServeOnError(candidate, now, read),
    );
    return held
      ? { kind: "held", held, outcome: HIT["stale-if-error"], asOf: held.provenAt, position: null }
      : null;
  }
}
