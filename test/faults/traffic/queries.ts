import type { State } from "../judge/truth.ts";
import type { Policy } from "../processes/database.ts";

/** A read, and what its answer shows of each row of the one table whose rows it lists. */
export interface Query {
  readonly target: string;
  readonly table: string;
  /** Other rows that decide what is shown of a row, as `table/id`. */
  readonly needs: (row: State) => readonly string[];
  /** What an answer shows of a row, given the rows of `needs`; null: nothing. */
  readonly shows: (row: State, needed: readonly (State | null)[]) => State | null;
  /** A page that ends after this many rows, the first by `before`. */
  readonly page?: { readonly limit: number; readonly before: (a: State, b: State) => boolean };
}

type Filter = (row: State) => boolean;

const read = (path: string, parameters: Readonly<Record<string, string>>): string =>
  `/rest/v1/${path}?${new URLSearchParams(parameters)}`;

const number = (value: unknown): number => Number(value);

function pick(row: State, columns: readonly string[]): State {
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

/** A read of a table without policies. */
function plain(
  table: string,
  columns: readonly string[],
  where: Record<string, string>,
  filter: Filter,
): Query {
  return {
    target: read(table, { select: columns.join(","), ...where, order: "id" }),
    table,
    needs: () => [],
    shows: (row) => (filter(row) ? pick(row, columns) : null),
  };
}

/** Whether the current policy of `notes` admits a row. */
function allows(policy: State | null, topic: State | null, row: State): boolean {
  switch (policy?.rule as Policy) {
    case "open":
      return topic?.open === true;
    case "visible":
      return row.hidden === false;
    case "all":
      return true;
    case "none":
      return false;
  }
}

const needsOfNote = (row: State) => ["policies/1", `topics/${row.topic_id}`];

function notes(
  path: "notes" | "shown_notes",
  columns: readonly string[],
  where: Record<string, string>,
  filter: Filter,
): Query {
  const isInView: Filter = path === "notes" ? () => true : (row) => row.hidden === false;
  return {
    target: read(path, { select: columns.join(","), order: "id", ...where }),
    table: "notes",
    needs: needsOfNote,
    shows: (row, [policy, topic]) =>
      filter(row) && isInView(row) && allows(policy ?? null, topic ?? null, row) ? pick(row, columns) : null,
  };
}

export const TOPICS = 6;
const SINGLE_NOTES = 12;
const TOP = 5;

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

/** All queries of the readers. */
export const QUERIES: readonly Query[] = [
  plain("topics", ["id", "version", "name", "open"], {}, () => true),
  plain("topics", ["id", "version"], { open: "is.true" }, (row) => row.open === true),
  plain("readings", ["id", "version", "value"], {}, () => true),
  plain("readings", ["id", "version"], { value: "gte.50" }, (row) => number(row.value) >= 50),
  ...numbers(4).map((id) =>
    plain("readings", ["id", "version", "value"], { id: `eq.${id}` }, (row) => row.id === id),
  ),
  ...numbers(SINGLE_NOTES).map((id) =>
    notes("notes", ["id", "version", "title"], { id: `eq.${id}` }, (row) => row.id === id),
  ),
  ...numbers(TOPICS).map((topic) =>
    notes(
      "notes",
      ["id", "version", "title", "topic_id"],
      { topic_id: `eq.${topic}` },
      (row) => row.topic_id === topic,
    ),
  ),
  notes(
    "notes",
    ["id", "version", "rank", "hidden"],
    { or: "(rank.gt.80,title.like.a*)" },
    (row) => number(row.rank) > 80 || String(row.title).startsWith("a"),
  ),
  notes(
    "shown_notes",
    ["id", "version", "title"],
    { topic_id: "in.(1,2)" },
    (row) => number(row.topic_id) <= 2,
  ),
  notes("shown_notes", ["id", "version", "rank"], { rank: "lt.30" }, (row) => number(row.rank) < 30),
  {
    ...plain("still", ["id", "version"], {}, () => true),
    needs: () => ["policies/2"],
    shows: (row, [policy]) => (policy?.rule === "all" || row.id === 1 ? pick(row, ["id", "version"]) : null),
  },
  // Columns come and go during the reads; the original ones stay.
  {
    ...notes("notes", ["id", "topic_id", "title", "rank", "hidden", "version"], {}, () => true),
    target: read("notes", { select: "*", order: "id" }),
  },
  {
    ...notes("notes", ["id", "version", "rank"], {}, () => true),
    target: read("notes", { select: "id,version,rank", order: "rank.desc,id.asc", limit: String(TOP) }),
    page: {
      limit: TOP,
      before: (a, b) => number(a.rank) > number(b.rank) || (a.rank === b.rank && number(a.id) < number(b.id)),
    },
  },
  {
    target: read("notes", { select: "id,version,topic:topics(id,version,name)", rank: "lt.50", order: "id" }),
    table: "notes",
    needs: needsOfNote,
    shows: (row, [policy, topic]) =>
      number(row.rank) < 50 && allows(policy ?? null, topic ?? null, row)
        ? { ...pick(row, ["id", "version"]), topic: topic ? pick(topic, ["id", "version", "name"]) : null }
        : null,
  },
];
