/** A row of `tidemark.outbox`. */
export interface OutboxRow {
  /** Taken at the statement, as sequences are: commits come in another order. */
  readonly id: number;
  readonly txid: number;
  /** The transaction that this server has put the row there with: after a dump is loaded not `txid`. */
  readonly xmin: number;
  readonly writtenAt: number;
  readonly op: "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE" | "FLUSH";
  /** Without one a FLUSH is of everything. */
  readonly table: string | null;
  readonly record: object | null;
  readonly old: object | null;
}
