import type { Footprint } from "../postgrest/footprint.ts";

/** A registered key: what the keeper must remember so that no change misses it, and some demand. */
export interface KeyRecord {
  readonly id: number;
  readonly key: string;
  readonly path: string;
  /** The configured table that the read asks for. */
  readonly relation: string;
  readonly footprint: Footprint;
  /** All relations of the footprint, and their names. */
  readonly relations: readonly string[];
  readonly relationNames: readonly string[];
  /** Whether every change of it is told; what is not so is proven by the begin of its fill only. */
  readonly watched: boolean;
  /** Mark of the key's own last invalidation; its registration counts as one (PROTOCOL, rule 9). */
  lastInvalidation: number;
  /**
   * The last answer that was given out as of a mark: null before the first, an empty tag when there were several,
   * or nobody remembers.
   */
  answered: { readonly mark: number; readonly etag: string } | null;
  /** Reads that isolates reported or asked for. */
  reads: number;
  fills: number;
  readSinceFill: boolean;
  /** Times on the keeper's clock, in memory only (PROTOCOL, rule 3). */
  lastReadAt: number;
  lastFillBegan: number;
  lastPutAt: number;
  /** `filledAt` of the body last offered to KV. */
  offeredFill: number | null;
  status: number | null;
  bytes: number | null;
}
