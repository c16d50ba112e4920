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
    const records = rowsOf(change.record, Number(count));
    const olds = rowsOf(change.old_record, Number(count), change.record);
    return Array.from({ length: Number(count) }, (_, at) => {
      const [record, old_record] = [records?.[at] ?? null, olds?.[at] ?? null];
      return { ...change, type: operation, record, old_record };
    });
  });
}

/** The rows of a batch, which tells them one by one or by columns. A column of `unchanged` is null in the old rows. */
function rowsOf(
  told: ToldChange["record"],
  count: number,
  unchanged?: ToldChange["record"],
): readonly NonNullable<ToldChange["record"]>[] | null {
  if (told === null || Array.isArray(told)) return told;
  return Array.from({ length: count }, (_, at) =>
    Object.fromEntries(
      Object.entries(told).map(([column, values]) => {
        const list = (values ?? unchanged?.[column]) as readonly unknown[];
        if (list.length !== count) throw new Error(`${column} has not ${count} values`);
        return [column, list[at]];
      }),
    ),
  );
}
