/** A page of `tidemark_changes`, with numbers as `JSON.parse` reads them, and batches unpacked. */
export interface Page {
  readonly incarnation: string;
  readonly started: string;
  readonly schemaVersion: number;
  readonly snapshot: string;
  readonly prunedThrough: string | null;
  readonly flush: boolean;
  readonly flushReason: string | null;
  readonly changes: readonly ToldChange[];
  readonly last: number | null;
  readonly more: boolean;
  readonly now: number;
}

export interface ToldChange {
  readonly type: string;
  readonly schema: string | null;
  readonly table: string | null;
  readonly record: Record<string, unknown> | null;
  readonly old_record: Record<string, unknown> | null;
  readonly writtenAt: number;
}

/** What a page tells, row by row: a batch (`UPDATE 120`) as that many changes. */
export function unpacked(changes: readonly ToldChange[]): ToldChange[] {
  return changes.flatMap((change) => {
    const [operation = "", count] = change.type.split(" ");
    if (count === undefined) return change;
    const [records, olds] = [change.record, change.old_record] as unknown as (
      | ToldChange["record"][]
      | null
    )[];
    return Array.from({ length: Number(count) }, (_, at) => {
      const [record, old_record] = [records?.[at] ?? null, olds?.[at] ?? null];
      return { ...change, type: operation, record, old_record };
    });
  });
}
