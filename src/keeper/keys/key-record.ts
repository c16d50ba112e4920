import type { Footprint } from "../../postgrest/footprint/footprint.ts";
import { Demand } from "./demand.ts";
import type { Shape } from "./shapes.ts";

/** A registered key: what the keeper must remember so that no change misses it, and some demand. */
export interface KeyRecord {
  readonly id: number;
  readonly key: string;
  readonly path: string;
  /** The configured table that the read asks for. */
  readonly relation: string;
  readonly footprint: Footprint;
  /** What it shares with the keys of its shape. */
  readonly shape: Shape;
  /** About how much memory it takes, beside its shape. */
  readonly ownBytes: number;
  /** All relations of the footprint, and their names. */
  readonly relations: readonly string[];
  readonly relationNames: readonly string[];
  /** Whether every change of it is told; what is not so is proven by the begin of its fill only. */
  readonly watched: boolean;
  /** Mark of the key's own last invalidation; its registration counts as one (P9). */
  lastInvalidation: number;
  /**
   * The last answer that was given out as of a mark: null before the first, an empty tag when there were several,
   * or nobody remembers.
   */
  answered: { readonly mark: number; readonly etag: string } | null;
  readonly demand: Demand;
  /** Reads that isolates reported or asked for. */
  reads: number;
  fills: number;
  readSinceFill: boolean;
  /** Times on the keeper's clock, in memory only (P3). */
  lastReadAt: number;
  lastFillBegan: number;
  lastPutAt: number;
  /** `filledAt` of the body last offered to KV. */
  offeredFill: number | null;
  /** The body that could not be owed to KV: it is not offered again until then, but in more demand. */
  refusedFill: { readonly filledAt: number; readonly level: number; readonly until: number } | null;
  status: number | null;
  bytes: number | null;
}

/** A key that was just registered, or loaded: nobody is known to have asked for it. */
export function recordOf(
  { key, path, relation }: Pick<KeyRecord, "key" | "path" | "relation">,
  known: Pick<KeyRecord, "id" | "footprint" | "shape" | "ownBytes">,
  lastInvalidation: number,
): KeyRecord {
  const { relations, relationNames, caveats } = known.shape;
  return {
    ...known,
    key,
    // V8 cuts a text out of another without a copy.
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
