import type { Level, Query } from "../../src/postgrest/query/query.ts";
import type { Read } from "../../src/postgrest/query/read.ts";
import { arrayElements, objectMembers, unquote } from "../../src/postgrest/row/json-source.ts";
import type { Fixture } from "./fixtures/fixture.ts";
import type { Asked } from "./generate.ts";

export interface Answer {
  readonly body: string;
  readonly total: string | null;
}

/** What must stay the same: the rows in their order if that is total, else as a multiset; embedded lists likewise. */
export function answerText(fixture: Fixture, { read, format }: Asked, query: Query, answer: Answer): string {
  const sources = arrayElements(answer.body) ?? [];
  const rows = sources.map((row) => (format === "csv" ? unquote(row) : rowText(row, query.root)));
  const total = answer.total ?? "-";
  const { root, relation } = query;
  const key = fixture.tables.find(({ name }) => name === relation)?.key ?? [];
  const sorted = new Set(
    root.order.flatMap(({ embed, field }) =>
      embed === undefined && field.path.length === 0 ? [field.column] : [],
    ),
  );
  const isTable = [...fixture.watched, ...(fixture.leaves ?? [])].includes(relation) && key.length > 0;
  if (isTable && key.every((column) => sorted.has(column))) return `${rows.join("\n")}\n${total}`;
  // SQL may choose any of the tied rows for a page, so only their number is certain.
  return isPaged(root, read) ? `${rows.length} rows of ${total}` : `${rows.sort().join("\n")}\n${total}`;
}

export function isPaged(root: Level, read: Read): boolean {
  return root.limit !== undefined || root.offset > 0 || read.range !== undefined;
}

function rowText(row: string, level: Level): string {
  const members = objectMembers(row);
  if (members === undefined) return row;
  for (const item of level.select) {
    if (item.kind !== "embed") continue;
    // A to-many spread shows a list in place of each column.
    const names = item.spread
      ? item.level.select.flatMap((inner) => (inner.kind === "column" ? [inner.field?.column ?? ""] : []))
      : [item.alias ?? item.relation];
    for (const name of names) {
      const source = members[name];
      if (source === undefined) continue;
      const elements = arrayElements(source)
        ?.map((each) => rowText(each, item.level))
        .sort();
      members[name] = elements === undefined ? rowText(source, item.level) : `[${elements.join(",")}]`;
    }
  }
  return JSON.stringify(members);
}
