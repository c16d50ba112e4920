import type { Reporter } from "./events.ts";
import type { Name } from "./names.ts";

/** What a load knew, when it began, of invalidations made in other isolates. Plain JSON, stored with the entry. */
export type Note = readonly (string | number)[];

export interface Judgement {
  readonly verdict:
    | "accepted"
    /** invalidated, but proven until a moment ago that is inside the bound: may be served while it is loaded anew */
    | "lapsing"
    | "refused"
    /** what this isolate knows is too old to tell: `learn`, then judge again */
    | "unknown";
  /** Until when the same verdict needs no second thought, milliseconds since the epoch. */
  readonly until: number;
  /** The moment, on this isolate's clock, for which an accepting verdict is proven. */
  readonly asOf: number;
}

/** What belongs to the request that asks, never to another. */
export interface Asker {
  /** Lets work outlive the response where the platform allows it; its rejection is nobody's business. */
  readonly anchor: (work: Promise<unknown>) => void;
  readonly report: Reporter;
}

/**
 * Knows what other isolates have invalidated: through stamps in the store, bounded by what the store promises, or
 * through a keeper, with proof. Entries of the isolate itself are checked by its `LocalFence` before.
 */
export interface Witness {
  /**
   * May this entry be served to a read that began at `readStart`? `provenAt`: the latest moment for which that is
   * known already. Both on this isolate's clock. A bound counts from the start of the read, or no answer with a
   * tight one would ever be young enough.
   */
  judge(names: readonly Name[], note: Note, provenAt: number, readStart: number): Judgement;
  /** Brings what is known of these names up to date. Never throws: what cannot be learned stays unknown or as it was. */
  learn(names: readonly Name[], asker: Asker, readStart?: number): Promise<void>;
  /** True when `learn` would have something to ask. */
  needsLearning(names: readonly Name[]): boolean;
  /** Taken before a load begins, given to `note` when it has ended. */
  begin(names: readonly Name[]): Begun;
  /** What the entry may claim; `undefined` when nothing can be claimed, and the entry cannot be stored. */
  note(names: readonly Name[], begun: Begun, startedAt: number): Note | undefined;
  /**
   * Records an invalidation where other isolates see it. What it resolves to, if anything, is what a value that
   * replaces the invalidated may claim. @throws when it could not be recorded
   */
  invalidate(names: readonly Name[], asker: Asker): Promise<Begun>;
  /** True when keys, too, are invalidated through this witness, so that nobody need delete them from the store. */
  readonly coversKeys: boolean;
}

/** By name, or as the witness needs it; plain data. */
export type Begun = ReadonlyMap<Name, number> | Note | undefined;

/** The witness of a cache without a store: there are no others. */
export const nobodyElse: Witness = {
  judge: () => ACCEPTED,
  learn: async () => {},
  needsLearning: () => false,
  begin: () => undefined,
  note: () => [],
  invalidate: async () => undefined,
  coversKeys: false,
};

const ACCEPTED: Judgement = {
  verdict: "accepted",
  until: Number.POSITIVE_INFINITY,
  asOf: Number.NEGATIVE_INFINITY,
};
