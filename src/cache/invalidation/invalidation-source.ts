import type { RowMap } from "../../rows/row-map.ts";
import type { Note } from "../entry/entry.ts";
import type { Reporter } from "../entry/events.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import type { Name } from "../entry/names.ts";
import type { LocalFence } from "./local-fence.ts";

export type Judgement =
  | "accepted"
  /** invalidated, but proven for a moment within the bound: it may be served while it is reloaded */
  | "stale-within-bound"
  | "refused";

/** What belongs to the request that asks, and must not be used by another. */
export interface Asker {
  /** Lets work outlive the response where the platform allows it. A rejection of `work` is ignored. */
  readonly anchor: (work: Promise<unknown>) => void;
  readonly report: Reporter;
}

/**
 * What a load knew when it began, to be turned into the note of its entry when it has ended: tag versions by name, or a
 * note already. Plain data.
 */
export type Snapshot = ReadonlyMap<Name, number> | Note | undefined;

/**
 * Knows what other isolates have invalidated: from tag versions in the store, as soon as the store shows them, or from
 * a keeper, with proof. This isolate's own invalidations are in its `LocalFence`.
 */
export interface InvalidationSource {
  /**
   * May this entry be served to a read that began at `readStart`, on this isolate's clock? (A bound counts from the
   * start of the read. Counted from its end, no answer could meet a tight one.) Returns a promise when it must first
   * learn more. Ask the local fence first: this does not.
   */
  judge(entry: MemoryEntry, asker: Asker, readStart: number): Judgement | Promise<Judgement>;
  /**
   * Brings its knowledge of these names up to date; `undefined` when it is. Never rejects: what cannot be learned stays
   * as it was.
   */
  learn(names: readonly Name[], asker: Asker, readStart?: number): Promise<void> | undefined;
  /** Taken before a load begins, for `note`. */
  snapshot(names: readonly Name[]): Snapshot;
  /** The same for a value that the caller sets, which replaces what other isolates have. @throws as `invalidate` */
  claim(names: readonly Name[], asker: Asker): Promise<Snapshot> | undefined;
  /** The note of an entry that was loaded after `snapshot`; `undefined` when nothing is proven, so it cannot be stored. */
  note(names: readonly Name[], snapshot: Snapshot, startedAt: number): Note | undefined;
  /**
   * Records an invalidation where other isolates see it. Resolves to the snapshot for a value that replaces what was
   * invalidated. @throws CacheError `invalidation-failed`
   */
  invalidate(names: readonly Name[], asker: Asker): Promise<Snapshot>;
  /** What the keeper hears of; null: it has no source; undefined, or missing: that is not known. */
  followed?(): RowMap | null | undefined;
  /** Learns of all changes before the call. Resolves to false when that cannot be; never rejects. */
  catchUp?(asker: Asker): Promise<boolean>;
  /** True when it also invalidates keys, so that they need not be deleted from the store. */
  readonly coversKeys: boolean;
}

const nothing = () => undefined;

/**
 * For a cache that can only invalidate keys, or has no store: other isolates tell it nothing. It refuses entries that
 * a cache with another source has stored, because they depend on names that it cannot check.
 */
export const keysOnly = (local: LocalFence): InvalidationSource => ({
  judge: (entry) =>
    entry.proof.note.length > 0 ? "refused" : accepted(local, entry, Number.POSITIVE_INFINITY),
  learn: nothing,
  snapshot: nothing,
  claim: nothing,
  note: () => [],
  invalidate: async () => undefined,
  coversKeys: false,
});

/**
 * Notes in the entry that it is accepted, so that hits need not judge it again while nothing changes.
 *
 * @param until when it must be judged again, milliseconds since the epoch
 */
export function accepted({ epoch }: LocalFence, entry: MemoryEntry, until: number): Judgement {
  const { startedAt, ttlMs } = entry.proof;
  entry.acceptedEpoch = epoch;
  entry.acceptedUntil = Math.min(until, entry.revalidateAt, startedAt + ttlMs);
  return "accepted";
}
