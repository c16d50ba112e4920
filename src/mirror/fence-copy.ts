import { BucketFence, type FenceDelta, type SyncedAnswer } from "../fence/bucket-fence.ts";
import type { Position } from "../keeper/protocol/position.ts";

/** A mirror that has just learned of changes gives out deltas from a few positions only: those of its last syncs. */
const DELTAS_AT_MOST = 64;

/**
 * What a mirror knows of the keeper: the fence, as an isolate has it. Whatever it says is what the keeper said, with the time
 * that has passed since (M1).
 */
export class FenceCopy {
  #fence: BucketFence | null = null;
  /** The sync by which the copy is as young as it is: when it began, and the age that the keeper told. */
  #youngest = { startedAt: Number.NEGATIVE_INFINITY, age: 0 };
  #pulledSince = Number.NEGATIVE_INFINITY;
  /** What was raised after a mark of the fence's generation, for as long as the fence stays what it is (M7). */
  readonly #deltas = new Map<number, FenceDelta>();

  /** Null: the mirror is cold. */
  get fence(): BucketFence | null {
    return this.#fence;
  }

  /**
   * When the latest sync began for which the keeper has pulled after it was asked, on the mirror's clock. Whatever came here
   * before is older than that pull, even if the clock was set forward meanwhile.
   */
  get pulledSince(): number {
    return this.#pulledSince;
  }

  /** The clock was set back, so how old the copy is cannot be told. */
  forget(): void {
    this.#fence = null;
    this.#pulledSince = Number.NEGATIVE_INFINITY;
    this.#deltas.clear();
  }

  /**
   * Takes over what the keeper has said (P2, P6).
   *
   * @param since the position that the mirror asked from
   * @param startedAt when it asked, on its own clock
   */
  apply(answer: SyncedAnswer, since: Position | null, startedAt: number): void {
    this.#fence = BucketFence.merge(this.#fence, since, answer, startedAt);
    const { age } = answer;
    if (this.#fence?.asOf === startedAt - age) this.#youngest = { startedAt, age };
    if (age === 0) this.#pulledSince = Math.max(this.#pulledSince, startedAt);
    this.#deltas.clear();
  }

  /**
   * How old the copy was when a caller asked, in milliseconds; ∞ while the mirror is cold. Time that passed between that and a
   * later sync counts for nothing: a clock that is set forward meanwhile shows the same (M1).
   *
   * @param arrival when the caller asked, on the mirror's clock
   */
  ageAt(arrival: number): number {
    if (this.#fence === null) return Number.POSITIVE_INFINITY;
    const { startedAt, age } = this.#youngest;
    return Math.max(0, arrival - startedAt) + age;
  }

  /**
   * The answer to a caller. An age is never cached.
   *
   * @param since the caller's position; of another generation, or null: the answer is full
   * @param arrival when the caller asked, on the mirror's clock
   * @returns null while the mirror is cold
   */
  answer(since: Position | null, arrival: number): Omit<SyncedAnswer, "pull"> | null {
    const fence = this.#fence;
    if (fence === null) return null;
    const { position, floor, purgedAt, proven, mode, modeSetAt } = fence;
    const known = since?.generation === position.generation ? since.mark : null;
    return {
      kind: "synced",
      position,
      full: known === null,
      ...this.#delta(fence, known ?? -1),
      ...{ floor, purgedAt, proven },
      // Not rounded up: a strict read would then never be proven.
      age: this.ageAt(arrival),
      ...{ mode, modeSetAt },
    };
  }

  #delta(fence: BucketFence, since: number): FenceDelta {
    const known = this.#deltas.get(since);
    if (known) return known;
    const delta = fence.since(since);
    if (this.#deltas.size >= DELTAS_AT_MOST) this.#deltas.clear();
    this.#deltas.set(since, delta);
    return delta;
  }
}
