import type { Footprint } from "../../postgrest/footprint/footprint.ts";
import type { LastInvalidation } from "../protocol/recent-changes.ts";
import { Demand } from "./demand.ts";
import type { ShapeRecord } from "./shapes.ts";

/** A registered key: what the keeper must remember so that no change misses it, and how much it is wanted. */
export interface KeyRecord {
  readonly id: number;
  readonly key: string;
  readonly path: string;
  /** The configured table that the read asks for. */
  readonly relation: string;
  readonly footprint: Footprint;
  /** The part of the footprint that it shares with other keys. */
  readonly shape: ShapeRecord;
  /** About how many bytes of memory it takes beside its shape. */
  readonly ownBytes: number;
  /** All relations of the footprint, and their names. */
  readonly relations: readonly string[];
  readonly relationNames: readonly string[];
  /** Whether the keeper hears of every change of its answer. If not, an answer is proven by its fill's begin only. */
  readonly watched: boolean;
  /** Mark of the key's own last invalidation; its registration counts as one (P9). */
  lastInvalidation: number;
  /**
   * The last answer given out as of a mark. Null: there was none yet. An empty tag: there were several, or an earlier
   * instance gave it out.
   */
  answered: { readonly mark: number; readonly etag: string } | null;
  readonly demand: Demand;
  /** Reads that isolates reported or sent. */
  reads: number;
  fills: number;
  /** How often an answer of it was invalidated, and why last, since the keeper started. */
  invalidations: number;
  invalidatedBy: LastInvalidation | null;
  readSinceFill: boolean;
  /** Times on the keeper's clock, in memory only (P3). */
  lastReadAt: number;
  lastFillBegan: number;
  lastPutAt: number;
  /** `filledAt` of the body last offered to KV. */
  offeredFill: number | null;
  /** A body that found no room in the KV outbox. It is offered again at `until`, or once it is wanted more. */
  refusedFill: { readonly filledAt: number; readonly level: number; readonly until: number } | null;
  status: number | null;
  bytes: number | null;
}

/** Notes a read of the key, at this time on the keeper's clock. */
export function noteRead(record: KeyRecord, now: number): void {
  record.reads++;
  record.readSinceFill = true;
  record.lastReadAt = now;
}

/** A key just registered or loaded, before any demand for it is known. */
export function recordOf(
  { key, path, relation }: Pick<KeyRecord, "key" | "path" | "relation">,
  known: Pick<KeyRecord, "id" | "footprint" | "shape" | "ownBytes">,
  lastInvalidation: number,
): KeyRecord {
  const { relations, relationNames, caveats } = known.shape;
  return {
    ...known,
    key,
    // A slice shares the key's text: V8 does not copy it.
    path: key.startsWith(path) ? key.slice(0, path.length) : path,
    relation,
    relations,
    relationNames,
    watched: caveats.length === 0,
    lastInvalidation,
    answered: null,
    demand: new Demand(),
    reads: 0,
    fills: 0,
    invalidations: 0,
    invalidatedBy: null,
    readSinceFill: false,
    lastReadAt: 0,
    lastFillBegan: Number.NEGATIVE_INFINITY,
    lastPutAt: Number.NEGATIVE_INFINITY,
    offeredFill: null,
    refusedFill: null,
    status: null,
    bytes: null,
  };
}
