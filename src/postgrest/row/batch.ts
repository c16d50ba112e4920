import {
  type Change,
  ChangeSyntaxError,
  changeFromMembers,
  checkReadable,
  type Operation,
  type Row,
  relationOf,
} from "./change.ts";
import { arrayElements, objectMembers } from "./json-source.ts";

/** No more than a million rows: without a column, nothing else says how many there are. */
const BATCH = /^"(?<operation>INSERT|UPDATE|DELETE) (?<count>\d{1,6})"$/;

/**
 * The changes of a batch of capture's: several rows of one statement, `UPDATE 120`. `record` and `old_record` are a list of rows, or
 * rows by columns: `{"id": [1, 2], "title": ["a", "b"]}`.
 *
 * @returns undefined when the event is not a batch
 * @throws ChangeSyntaxError when it has not the rows that it says, or one that cannot be read
 */
export function changesFromBatch(event: Row): readonly Change[] | undefined {
  const groups = BATCH.exec(event.type ?? "")?.groups;
  if (groups === undefined) return undefined;
  const [operation, count] = [groups.operation as Operation, Number(groups.count)];
  const record = operation === "DELETE" ? undefined : (event.record ?? "null");
  const old = operation === "INSERT" ? undefined : (event.old_record ?? "null");
  if ((record ?? old)?.startsWith("{")) return changesByColumns(event, operation, count, record, old);
  const { type: _, record: _record, old_record: _old, ...rest } = event;
  const [records, olds] = [record, old].map((rows) =>
    rows === undefined ? undefined : elementsOf(rows, count),
  );
  return Array.from({ length: count }, (_row, at) =>
    changeFromMembers({
      ...rest,
      type: `"${operation}"`,
      record: records?.[at] ?? "null",
      old_record: olds?.[at] ?? "null",
    }),
  );
}

/** A column that an UPDATE left as it was is null, in place of its list, in the old rows. */
function changesByColumns(
  event: Row,
  operation: Operation,
  count: number,
  record: string | undefined,
  old: string | undefined,
): readonly Change[] {
  const relation = relationOf(event);
  if (relation === undefined) throw new ChangeSyntaxError("wrong-shape", "schema and table are not texts");
  const records = record === undefined ? undefined : columnsOf(record, "record", count);
  const olds = old === undefined ? undefined : columnsOf(old, "old_record", count, records);
  const [recordRows, oldRows] = [records, olds].map((columns) => columns && rowsOf(columns, count));
  return Array.from({ length: count }, (_, at) => ({
    kind: "row",
    operation,
    relation,
    ...(recordRows && { record: recordRows[at] as Row }),
    ...(oldRows && { old: oldRows[at] as Row }),
  }));
}

type Columns = ReadonlyMap<string, readonly string[]>;

function columnsOf(source: string, name: string, count: number, unchanged?: Columns): Columns {
  checkReadable(source, name);
  const members = objectMembers(source, { unique: true });
  if (members === undefined)
    throw new ChangeSyntaxError("wrong-shape", `${name} is not an object of columns`);
  return new Map(
    Object.entries(members).map(([column, values]) => [
      column,
      (values === "null" ? unchanged?.get(column) : undefined) ?? elementsOf(values, count),
    ]),
  );
}

function rowsOf(columns: Columns, count: number): readonly Row[] {
  const rows = Array.from({ length: count }, () => Object.create(null) as Record<string, string>);
  for (const [column, values] of columns)
    for (const [at, row] of rows.entries()) row[column] = values[at] as string;
  return rows;
}

/** @throws ChangeSyntaxError when it is not a list of so many */
function elementsOf(source: string, count: number): readonly string[] {
  const elements = arrayElements(source);
  if (elements?.length !== count)
    throw new ChangeSyntaxError("wrong-shape", `a batch has not the ${count} rows that it says`);
  return elements;
}
