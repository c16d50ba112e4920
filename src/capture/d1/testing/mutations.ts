/** A piece taken out of a statement that installs capture. */
export type Mutation = (statement: string) => string;

type Kind = "bi" | "bu" | "ai" | "au" | "ad";

function ofTriggers(kinds: readonly Kind[], edit: (step: string) => string): Mutation {
  return (statement) => {
    if (!kinds.some((kind) => statement.startsWith(`CREATE TRIGGER "tidemark_${kind}_`))) return statement;
    const [head = "", body = ""] = statement.split("\nBEGIN\n");
    const steps = body.split(";\n").slice(0, -1).map(edit);
    return `${head}\nBEGIN\n${steps.map((step) => `${step};\n`).join("")}END`;
  };
}

const replaced = (kinds: readonly Kind[], pattern: RegExp, by: string): Mutation =>
  ofTriggers(kinds, (step) => step.replaceAll(pattern, by));

const stepless = (kinds: readonly Kind[], pattern: RegExp): Mutation =>
  ofTriggers(kinds, (step) => (pattern.test(step) ? "  SELECT 1" : step));

const BEFORE = ["bi", "bu"] as const;
const ALL = ["bi", "bu", "ai", "au", "ad"] as const;

/** Which schemas of seed 1 show the rarer ones first. After a change of the random schemas or statements, look for others. */
const FIRST_SHOWN: readonly (readonly [name: RegExp, schema: number])[] = [
  [/only the row before/, 2],
  [/an update replaces unseen/, 2],
  [/index of expressions/, 6],
  [/a partial index/, 145],
  [/collation is/, 2],
  [/no affinity/, 114],
  [/cast of bytes/, 8],
  [/NULL is no/, 10],
  [/owner's trigger/, 71],
  [/coarse table/, 26],
  [/hides changes of the rowid/, 2],
];

/** The schema of seed 1 to begin with. */
export function schemaThatShows(mutation: string): number {
  return FIRST_SHOWN.find(([name]) => name.test(mutation))?.[1] ?? 0;
}

/** Each must be caught by the random statements. The names say which rule they break. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "R7. inserts are not told": stepless(["ai"], /'INSERT'/),
  "R7. deletes are not told": stepless(["ad"], /'DELETE'/),
  "R7. an update tells only the row before": replaced(["au"], /NEW\./g, "OLD."),
  "R7. an update tells only the row after": replaced(["au"], /(?<!IS NOT )OLD\.(?!.* IS NOT )/g, "NEW."),
  "R7. bytes are told as they are": replaced(ALL, /hex\((substr\([^()]*\))\)/g, "$1"),
  "R7. a text with a NUL is told to the NUL": replaced(ALL, /char\(65533\)/g, "'a'"),
  "R7. the outbox has a constraint": (statement) => statement.replace("  op TEXT,", "  op TEXT UNIQUE,"),
  "R8. an insert replaces unseen": stepless(["bi"], /./),
  "R8. an update replaces unseen": stepless(["bu"], /./),
  "R8. the rowid is no key": stepless(BEFORE, /WHERE v\."?\w+"? = NEW\./),
  "R8. an index of expressions is none": stepless(BEFORE, /\) COLLATE "\w+" = \(SELECT /),
  "R8. a partial index is none": stepless(BEFORE, /= NEW\.[^;]*AND \([^;]*AND \(SELECT /),
  "R8. the index's collation is the column's": replaced(
    BEFORE,
    /COLLATE "(NOCASE|RTRIM)"/g,
    'COLLATE "BINARY"',
  ),
  "R8. the new row has no affinity": replaced(BEFORE, /CAST\((NEW\."[^ ]+") AS (TEXT|NUMERIC|REAL)\)/g, "$1"),
  "R8. a cast of bytes is the bytes": replaced(
    BEFORE,
    /typeof\(NEW\."[^ ]+"\) (= 'blob'|IN \('blob', 'text'\))/g,
    "0",
  ),
  "R8. NULL is no default": replaced(BEFORE, /NEW\."[^ ]+" IS NULL/g, "0"),
  "R8. an owner's trigger moves no key": stepless(["au"], /'FLUSH'[^;]*IS NOT/),
  "A coarse table is flushed once": replaced(
    ["ai", "au", "ad"],
    /AND at = .* AND mark = total_changes\(\) - 1/g,
    "",
  ),
  "A quiet column hides changes of the rowid": replaced(["au"], /OR OLD\."?rowid"? <> NEW\."?rowid"?/g, ""),
};
