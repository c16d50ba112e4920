import type { Mode, Position } from "./position.ts";
import type { UsageReport } from "./statistics.ts";

export interface SyncRequest {
  /** Hash of the caller's configuration; a keeper of another one refuses. */
  readonly configHash: string;
  readonly since: Position | null;
  /** The as-of may be this old when the request arrives at the keeper. */
  readonly boundMs: number;
  /** Sync at least to this position; one that the keeper has not reached cannot be verified, and asks for now (P22). */
  readonly token: Position | null;
  /** Whose read asks (`networksOf`), to be charged for a pull; null: nobody's. */
  readonly client: string | null;
  readonly report: UsageReport | null;
}

export type SyncAnswer =
  | {
      readonly kind: "synced";
      readonly position: Position;
      /** Every bucket is given, not only those raised after `since`. */
      readonly full: boolean;
      /** Raised buckets and their marks, side by side. */
      readonly buckets: Uint16Array;
      readonly marks: Float64Array;
      /** Entries below it are refused, whatever their names. */
      readonly floor: number;
      /** Mark of the last purge: what was proven before it no longer serves. */
      readonly purgedAt: number;
      /** Arrival of the request − as-of, at least 0. */
      readonly age: number;
      /** Whether the as-of counts from commit (capture), or only from ingest (webhooks). */
      readonly proven: boolean;
      readonly mode: Mode;
      /** What the as-of took: "refused" when it is older than was asked for, since the client's budget is used up. */
      readonly pull: "none" | "made" | "refused";
    }
  | { readonly kind: "refused"; readonly reason: "configuration" | "behind" };
