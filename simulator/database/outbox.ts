/** A row of `tidemark.outbox`. */
export interface OutboxRow {
  /** Taken by the statement, like any sequence number; the order of commits may differ. */
  readonly id: number;
  readonly txid: number;
  /** The transaction that put the row into this server: not `txid` after a dump is loaded. */
  readonly xmin: number;
  readonly writtenAt: number;
  readonly op: "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE" | "FLUSH";
  /** Without one, a FLUSH means everything. */
  readonly table: string | null;
  readonly record: object | null;
  readonly old: object | null;
}
