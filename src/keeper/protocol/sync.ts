import type { RowMap } from "../../rows/row-map.ts";
import type { Mode, Position } from "./position.ts";
import type { UsageReport } from "./statistics.ts";

export interface SyncRequest {
  /** Hash of the caller's configuration. A keeper of another one refuses. */
  readonly configHash: string;
  /** The position of the caller's fence, for a delta. Null: it has no fence yet. */
  readonly since: Position | null;
  /** The as-of may be this old when the request arrives at the keeper. 0: it must be younger than the request. */
  readonly boundMs: number;
  /** The position that the reader must see. If the keeper has not reached it, the sync is strict (P22). */
  readonly token: Position | null;
  /** The client charged for a pull: see `networksOf`. Null: no client is charged. */
  readonly client: string | null;
  readonly report: UsageReport | null;
  /** The mirror that asks, or that an isolate asks, by its object's name. Absent: an isolate asks the keeper itself. */
  readonly mirror?: string;
}

/** Raised slots of rows and their marks, side by side; see `RowSlots`. */
export interface RowDelta {
  /** What the slots refer to, in an answer that is full. It is the same for all of a generation. */
  readonly map?: RowMap;
  readonly slots: Uint32Array;
  readonly marks: Float64Array;
}

export type SyncAnswer =
  | {
      readonly kind: "synced";
      readonly position: Position;
      /** It carries every raised bucket, not only those raised after `since`. */
      readonly full: boolean;
      /** Raised buckets and their marks, side by side. */
      readonly buckets: Uint16Array;
      readonly marks: Float64Array;
      /** What was raised of rows. Absent: the keeper has no source that tells of them. */
      readonly rows?: RowDelta;
      /** Entries with a lower mark are refused, whatever their names. */
      readonly floor: number;
      /** The mark of the last purge. Proofs from before it no longer serve (P11). */
      readonly purgedAt: number;
      /** Arrival of the request − as-of, at least 0 (P2). */
      readonly age: number;
      /** Whether the as-of counts from commit (capture), or only from ingest (webhooks). */
      readonly proven: boolean;
      readonly mode: Mode;
      /** The mark at which the mode was set; 0: it never was. Of two modes of a generation the later one holds (P16). */
      readonly modeSetAt: number;
      /**
       * Whether a pull was made. "refused": the as-of is older than asked for, because the client's budget is used up.
       */
      readonly pull: "none" | "made" | "refused";
    }
  | { readonly kind: "refused"; readonly reason: "configuration" | "behind" };
