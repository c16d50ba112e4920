import { UNWATCHED_BUCKET } from "../keeper/protocol/names.ts";
import type { Mode, Position } from "../keeper/protocol/position.ts";
import type { SyncAnswer } from "../keeper/protocol/sync.ts";
import { RowFence } from "./row-fence.ts";

/** What a fence judges: an answer that counts as of a position, with the buckets of the names it depends on. */
export interface Marked extends Position {
  readonly buckets: readonly number[];
}

export type SyncedAnswer = Extract<SyncAnswer, { kind: "synced" }>;

/** Raised buckets and their marks, side by side, and the same of rows. */
export type FenceDelta = Pick<SyncedAnswer, "buckets" | "marks" | "rows">;

/** How far back a fence tells when a mark was raised: a write to KV may take that long to show elsewhere. */
const PAST_MS = 60_000;

/** Twelve moments are told apart. */
const MOMENTS_APART_MS = PAST_MS / 12;

/** What an isolate knows of the keeper's marks: for each bucket of names, when it was last invalidated. */
export class BucketFence {
  readonly generation: string;
  readonly #marks = new Float64Array(UNWATCHED_BUCKET + 1);
  #mark = 0;
  #floor = 0;
  #purgedAt = 0;
  #asOf = Number.NEGATIVE_INFINITY;
  #proven = false;
  #mode: Mode = "on";
  #modeSetAt = 0;
  #rows: RowFence | null = null;
  /** As of when it had which mark, oldest first, over the last minute: what has a higher one was raised later. */
  readonly #past: { readonly asOf: number; readonly mark: number }[] = [];

  private constructor(generation: string) {
    this.generation = generation;
    this.#marks[UNWATCHED_BUCKET] = Number.POSITIVE_INFINITY;
  }

  /**
   * The fence after an answer (P6).
   *
   * @param since the position that the sync was asked from
   * @param startedAt when the call was made, on this isolate's clock. The answer is proven as of then minus its age,
   * never as of its arrival (P2).
   * @returns null when there was no fence and the answer does not make one
   */
  static merge(
    fence: BucketFence | null,
    since: Position | null,
    answer: SyncedAnswer,
    startedAt: number,
  ): BucketFence | null {
    const asOf = startedAt - answer.age;
    const { generation } = answer.position;
    if (fence?.generation === generation) {
      // A delta fits a fence that has reached the position it counts from.
      const fits = since?.generation === generation && since.mark <= fence.#mark;
      if (!answer.full && !fits) return fence;
      fence.#raise(answer, asOf);
      return fence;
    }
    // A delta fits only the fence it was asked for. An answer of another generation must be younger to count.
    if (!answer.full || (fence && asOf <= fence.#asOf)) return fence;
    const fresh = new BucketFence(generation);
    if (answer.rows?.map) fresh.#rows = new RowFence(answer.rows.map);
    fresh.#raise(answer, asOf);
    return fresh;
  }

  get mark(): number {
    return this.#mark;
  }

  get asOf(): number {
    return this.#asOf;
  }

  get purgedAt(): number {
    return this.#purgedAt;
  }

  /** Entries with a lower mark are refused, whatever their names. */
  get floor(): number {
    return this.#floor;
  }

  /** Whether the as-of counts from commit (capture), or only from ingest (webhooks). */
  get proven(): boolean {
    return this.#proven;
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** The mark at which that mode was set; 0: it never was. */
  get modeSetAt(): number {
    return this.#modeSetAt;
  }

  get position(): Position {
    return { generation: this.generation, mark: this.#mark };
  }

  /** Whether this fence knows everything that the keeper knew at this position. */
  covers(position: Position): boolean {
    return position.generation === this.generation && position.mark <= this.#mark;
  }

  /** Whether no name that the entry depends on was invalidated after its mark. */
  accepts(entry: Marked): boolean {
    const { mark } = entry;
    if (entry.generation !== this.generation || mark < this.#floor) return false;
    for (const bucket of entry.buckets) if (mark < (this.#marks[bucket] as number)) return false;
    return true;
  }

  /**
   * Whether the last mark of these buckets was certainly raised after this moment, a minute ago at most. False as well where
   * that is not known, such as of all that the first sync brought.
   */
  isRaisedSince(buckets: readonly number[], moment: number): boolean {
    const before = this.#past.find(({ asOf }) => asOf >= moment);
    if (before === undefined) return false;
    return (
      this.#floor > before.mark || buckets.some((bucket) => (this.#marks[bucket] as number) > before.mark)
    );
  }

  /** What was raised after a mark; for −1, all that ever was. It looks at every bucket: some 50 µs. */
  since(mark: number): FenceDelta {
    const raised: number[] = [];
    for (let bucket = 0; bucket < UNWATCHED_BUCKET; bucket++)
      if ((this.#marks[bucket] as number) > Math.max(mark, 0)) raised.push(bucket);
    return {
      buckets: Uint16Array.from(raised),
      marks: Float64Array.from(raised, (bucket) => this.#marks[bucket] as number),
      ...(this.#rows && { rows: this.#rows.since(mark) }),
    };
  }

  /** What the keeper hears of rows; null: nothing. */
  get rows(): RowFence | null {
    return this.#rows;
  }

  /**
   * Learns of an invalidation by this very isolate, ahead of the next sync. The fence's position stays, since the next
   * sync must still ask for everything that others invalidated.
   */
  learn(buckets: readonly number[], position: Position): void {
    if (position.generation !== this.generation) return;
    for (const bucket of buckets) {
      this.#marks[bucket] = Math.max(this.#marks[bucket] as number, position.mark);
    }
  }

  /** Answers may arrive out of order, so the higher mark stands, element by element. */
  #raise(answer: SyncedAnswer, asOf: number): void {
    const { buckets, marks } = answer;
    for (let index = 0; index < buckets.length; index++) {
      const bucket = buckets[index] as number;
      this.#marks[bucket] = Math.max(this.#marks[bucket] as number, marks[index] as number);
    }
    if (answer.rows) this.#rows?.raise(answer.rows);
    this.#mark = Math.max(this.#mark, answer.position.mark);
    this.#floor = Math.max(this.#floor, answer.floor);
    this.#purgedAt = Math.max(this.#purgedAt, answer.purgedAt);
    this.#asOf = Math.max(this.#asOf, asOf);
    this.#notePast();
    this.#proven = answer.proven;
    // Of two modes that one holds which was set later (P16).
    if (answer.modeSetAt < this.#modeSetAt) return;
    this.#mode = answer.mode;
    this.#modeSetAt = answer.modeSetAt;
  }

  #notePast(): void {
    const [past, asOf] = [this.#past, this.#asOf];
    const last = past.at(-1);
    if (last && asOf - last.asOf < MOMENTS_APART_MS) return;
    while (past[0] && asOf - past[0].asOf > PAST_MS) past.shift();
    past.push({ asOf, mark: this.#mark });
  }
}
