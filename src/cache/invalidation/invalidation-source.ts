import type { Isolate } from "../context/isolate.ts";
import type { Reporter } from "../entry/events.ts";
import type { Held } from "../entry/memory-entry.ts";
import type { Name } from "../entry/names.ts";

/** What a load knew, when it began, of invalidations made in other isolates. Plain JSON, stored with the entry. */
export type Note = readonly (string | number)[];

export type Verdict =
  | "accepted"
  /** invalidated, but proven until a moment ago that is inside the bound: may be served while it is loaded anew */
  | "lapsing"
  | "refused";

/** What belongs to the request that asks, never to another. */
export interface Asker {
  readonly isolate: Isolate;
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
   * May this entry be served to a read that began at `readStart`, on this isolate's clock? A bound counts from the
   * start of the read, or no answer with a tight one would ever be young enough. A promise when what this isolate
   * knows is too old to tell, and has to be learned first. What the isolate's own fence refuses is not asked about.
   */
  judge(held: Held, asker: Asker, readStart: number): Verdict | Promise<Verdict>;
  /**
   * Brings what is known of these names up to date; `undefined` when it is. Never throws: what cannot be learned stays
   * unknown or as it was.
   */
  learn(names: readonly Name[], asker: Asker, readStart?: number): Promise<void> | undefined;
  /** Taken before a load begins, given to `note` when it has ended. */
  begin(names: readonly Name[]): Begun;
  /** The same for a value that the caller vouches for, and which replaces what others have. @throws as `invalidate` */
  claim(names: readonly Name[], asker: Asker): Promise<Begun> | undefined;
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

const nothing = () => undefined;

/**
 * The witness of a cache that can invalidate nothing but keys, or has no store: nobody else tells it anything. What a
 * cache with another witness has stored stands on more than this one knows of.
 */
export const nobodyElse: Witness = {
  judge: (held, { isolate }) =>
    held.proof.note.length > 0 ? "refused" : accepted(isolate, held, Number.POSITIVE_INFINITY),
  learn: nothing,
  begin: nothing,
  claim: nothing,
  note: () => [],
  invalidate: async () => undefined,
  coversKeys: false,
};

/**
 * Notes that an entry is accepted, so that hits need no second thought while nothing changes.
 *
 * @param until when it must be judged again, milliseconds since the epoch
 */
export function accepted({ epoch }: Isolate, held: Held, until: number): Verdict {
  const { startedAt, ttlMs } = held.proof;
  held.quietEpoch = epoch.value;
  held.quietUntil = Math.min(until, held.memoryUntil, startedAt + ttlMs);
  return "accepted";
}
