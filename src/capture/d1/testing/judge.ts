import { coarse, type RowValue } from "../../../rows/coarse.ts";
import type { WatchPlan } from "../options.ts";

/** What decides whether a row is the same: `kind value` of each column, and of the rowid. */
export type SeenRow = Readonly<Record<string, string>>;

/** A row of the outbox. */
export interface ToldRow {
  readonly id: number;
  readonly op: string;
  readonly tbl: string | null;
  readonly old: string | null;
  readonly new: string | null;
}

const UNREADABLE = "\ufffd";

/** The SQL of a value as `SeenRow` holds it, exact to the last digit and byte. */
export function seenSql(value: string): string {
  return `CASE typeof(${value}) WHEN 'real' THEN 'real ' || printf('%!.17g', ${value}) ELSE typeof(${value}) || ' ' || hex(${value}) END`;
}

/** What changed between two moments, whatever is told of it: the names that should have been raised and were not. */
export function namesLost(
  plan: WatchPlan,
  before: readonly SeenRow[],
  after: readonly SeenRow[],
  told: readonly ToldRow[],
): { readonly changed: number; readonly lost: readonly string[] } {
  const { table, followed, quiet } = plan;
  const ours = told.filter(({ tbl }) => tbl === table.name);
  const quietNames = quiet.map(({ name }) => name);
  const loud = (row: SeenRow) =>
    JSON.stringify(Object.entries(row).filter(([name]) => !quietNames.includes(name)));
  const changed = [...missing(before, after, loud), ...missing(after, before, loud)];
  if (changed.length === 0 || ours.some(({ op }) => op === "FLUSH"))
    return { changed: changed.length, lost: [] };
  if (ours.length === 0) return { changed: changed.length, lost: [table.name] };
  const images = ours.flatMap((row) => [row.old, row.new]).filter((image) => image !== null);
  // The keeper reads no row with this in it, and flushes the table.
  if (images.some((image) => image.includes(UNREADABLE))) return { changed: changed.length, lost: [] };
  const raised = new Set(
    images.flatMap((image) =>
      Object.entries(JSON.parse(image) as Record<string, unknown>).map(
        ([name, value]) => `${name}=${canonical(value)}`,
      ),
    ),
  );
  const wanted = changed.flatMap((row) => followed.map(({ name }) => `${name}=${expected(row[name] ?? "")}`));
  return { changed: changed.length, lost: wanted.filter((name) => !raised.has(name)) };
}

/** The rows of one that the other has not, each as often as it is there more often. */
export function missing(
  rows: readonly SeenRow[],
  others: readonly SeenRow[],
  key: (row: SeenRow) => string,
): readonly SeenRow[] {
  const counts = new Map<string, number>();
  for (const row of others) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  return rows.filter((row) => {
    const left = counts.get(key(row)) ?? 0;
    counts.set(key(row), left - 1);
    return left <= 0;
  });
}

const canonical = (value: unknown): string => coarse(value as RowValue);

/** What must be told of a value, worked out from its bytes. */
function expected(seen: string): string {
  const [kind = "", value = ""] = seen.split(" ");
  if (kind === "null") return canonical(null);
  if (kind === "blob") return canonical(value.slice(0, 512));
  if (kind === "real") return canonical(value);
  const bytes = Uint8Array.from(value.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const text = new TextDecoder("utf-8", { ignoreBOM: true, fatal: false }).decode(bytes);
  if (kind === "integer") return canonical(BigInt(text));
  return text.includes("\0") ? UNREADABLE : canonical(text);
}
