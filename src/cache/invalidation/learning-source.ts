import type { Held } from "../entry/memory-entry.ts";
import type { Name } from "../entry/names.ts";
import {
  type Asker,
  accepted,
  type Begun,
  type Note,
  type Verdict,
  type Witness,
} from "./invalidation-source.ts";

/** What is thought of an entry by what is known. */
export interface Opinion {
  readonly verdict: Verdict;
  /** Until when the same verdict needs no second thought, milliseconds since the epoch. */
  readonly until: number;
  /** The moment, on this isolate's clock, for which an accepting verdict is proven. */
  readonly asOf: number;
  /** Learning more in the background would be timely. */
  readonly due: boolean;
}

/** A witness that knows something, for a while, and can ask for the rest. */
export abstract class LearningWitness implements Witness {
  abstract readonly coversKeys: boolean;

  /** What is known, nobody asked; `undefined` when that is too old to tell. */
  protected abstract opinion(held: Held, readStart: number): Opinion | undefined;

  abstract learn(names: readonly Name[], asker: Asker, readStart?: number): Promise<void> | undefined;
  abstract begin(names: readonly Name[]): Begun;
  abstract claim(names: readonly Name[], asker: Asker): Promise<Begun>;
  abstract note(names: readonly Name[], begun: Begun, startedAt: number): Note | undefined;
  abstract invalidate(names: readonly Name[], asker: Asker): Promise<Begun>;

  judge(held: Held, asker: Asker, readStart: number): Verdict | Promise<Verdict> {
    const opinion = this.opinion(held, readStart);
    if (opinion === undefined) return this.#learned(held, asker, readStart);
    const learning = opinion.due ? this.learn(held.names, asker) : undefined;
    if (learning !== undefined) asker.anchor(learning);
    return conclude(held, asker, opinion);
  }

  async #learned(held: Held, asker: Asker, readStart: number): Promise<Verdict> {
    await this.learn(held.names, asker, readStart);
    // It may have been invalidated here meanwhile.
    const accepts = asker.isolate.fence.accepts(held.names, held.proof);
    return conclude(held, asker, (accepts && this.opinion(held, readStart)) || NO);
  }
}

function conclude(held: Held, asker: Asker, { verdict, until, asOf }: Opinion): Verdict {
  if (verdict !== "accepted") return verdict;
  held.provenAt = Math.max(held.provenAt, asOf);
  return accepted(asker.isolate, held, until);
}

const NEVER = Number.NEGATIVE_INFINITY;
export const NO: Opinion = { verdict: "refused", until: NEVER, asOf: NEVER, due: false };
