import type { Note } from "../entry/entry.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import type { Name } from "../entry/names.ts";
import {
  type Asker,
  accepted,
  type InvalidationSource,
  type Judgement,
  type Snapshot,
} from "./invalidation-source.ts";
import type { LocalFence } from "./local-fence.ts";

/** A judgement from what is known at the moment. Times are milliseconds on this isolate's clock. */
export interface Opinion {
  readonly judgement: Judgement;
  /** Until when the judgement stands while nothing changes. */
  readonly until: number;
  /** The moment for which an accepting judgement is proven. */
  readonly asOf: number;
  /** True when it is time to learn more in the background. */
  readonly due: boolean;
}

/** A source whose knowledge ages, and which can learn more. */
export abstract class LearningSource implements InvalidationSource {
  abstract readonly coversKeys: boolean;
  protected readonly local: LocalFence;

  constructor(local: LocalFence) {
    this.local = local;
  }

  /** Judges by what is known; `undefined` when that is too old to tell. */
  protected abstract opinion(entry: MemoryEntry, readStart: number): Opinion | undefined;

  abstract learn(names: readonly Name[], asker: Asker, readStart?: number): Promise<void> | undefined;
  abstract snapshot(names: readonly Name[]): Snapshot;
  abstract claim(names: readonly Name[], asker: Asker): Promise<Snapshot>;
  abstract note(names: readonly Name[], snapshot: Snapshot, startedAt: number): Note | undefined;
  abstract invalidate(names: readonly Name[], asker: Asker): Promise<Snapshot>;

  judge(entry: MemoryEntry, asker: Asker, readStart: number): Judgement | Promise<Judgement> {
    const opinion = this.opinion(entry, readStart);
    if (opinion === undefined) return this.#learnAndJudge(entry, asker, readStart);
    const learning = opinion.due ? this.learn(entry.names, asker) : undefined;
    if (learning !== undefined) asker.anchor(learning);
    return this.#conclude(entry, opinion);
  }

  async #learnAndJudge(entry: MemoryEntry, asker: Asker, readStart: number): Promise<Judgement> {
    await this.learn(entry.names, asker, readStart);
    // This isolate may have invalidated it meanwhile.
    const accepts = this.local.accepts(entry.names, entry.proof);
    return this.#conclude(entry, (accepts && this.opinion(entry, readStart)) || REFUSED);
  }

  #conclude(entry: MemoryEntry, { judgement, until, asOf }: Opinion): Judgement {
    if (judgement !== "accepted") return judgement;
    entry.provenAt = Math.max(entry.provenAt, asOf);
    return accepted(this.local, entry, until);
  }
}

const NEVER = Number.NEGATIVE_INFINITY;
export const REFUSED: Opinion = { judgement: "refused", until: NEVER, asOf: NEVER, due: false };
