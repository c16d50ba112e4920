/** A row of the outbox. Nobody else should write to it, but who knows. */
export interface OutboxRow {
  readonly id: number;
  readonly at: number | null;
  readonly op: string | null;
  readonly tbl: string | null;
  /** JSON objects of the followed columns. */
  readonly old: string | null;
  readonly new: string | null;
}

export const ROWS_A_PAGE = 500;

/** The keeper reads a page in one turn, in which it serves no other call. */
const CHARACTERS_A_PAGE = 1_000_000;

interface Page {
  readonly incarnation: string;
  readonly schemaVersion: number;
  readonly snapshot: string;
  readonly flush: boolean;
  /** One more than a page holds, if there are so many. */
  readonly rows: readonly OutboxRow[];
  readonly now: number;
  readonly prunedAt: number | null;
}

/** A page in the format of Postgres' `tidemark_changes()`, as JSON text. */
export function d1Page({ rows, flush, ...page }: Page): string {
  const changes: string[] = [];
  let characters = 0;
  for (const row of flush ? [] : rows.slice(0, ROWS_A_PAGE)) {
    const change = changeOf(row);
    characters += change.length;
    if (changes.length > 0 && characters > CHARACTERS_A_PAGE) break;
    changes.push(change);
  }
  const members = {
    ...{
      incarnation: page.incarnation,
      started: "",
      schemaVersion: page.schemaVersion,
      snapshot: page.snapshot,
    },
    ...{ flush, last: rows[changes.length - 1]?.id ?? null, more: !flush && changes.length < rows.length },
    ...{ now: page.now, prunedAt: page.prunedAt },
  };
  return `${JSON.stringify(members).slice(0, -1)},"changes":[${changes.join(",")}]}`;
}

/** Whatever cannot be read becomes a change of the whole table, or of everything. */
function changeOf({ op, tbl, old, new: record, at }: OutboxRow): string {
  const isRow = op === "INSERT" || op === "UPDATE" || op === "DELETE";
  const told = [record, old].filter((image) => image !== null);
  const type = isRow && told.every(isObject) ? op : "FLUSH";
  const change = JSON.stringify({ type, schema: "main", table: tbl ?? undefined, writtenAt: at }).slice(
    0,
    -1,
  );
  if (type === "FLUSH") return `${change}}`;
  const rows = [record === null ? "" : `,"record":${record}`, old === null ? "" : `,"old_record":${old}`];
  return `${change}${rows.join("")}}`;
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
