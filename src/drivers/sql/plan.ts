import type { RowValue } from "../../rows/coarse.ts";
import type { ComparedTo } from "./conjuncts.ts";
import { Pass, type PassThroughReason } from "./pass-through.ts";
import type { ReadStatement, Statement } from "./read-statement.ts";
import type { KnownRelations } from "./relations.ts";
import { hasTimeWord } from "./time-words.ts";
import { asciiLower } from "./token.ts";

/** What a statement reads, with its parameters: an entry, or why there is none. */
export type AnswerPlan =
  | {
      readonly kind: "entry";
      /** By their full names, at least one. */
      readonly tables: readonly string[];
      /** What every row has that is read, when that is certain. There is one table then. */
      readonly where?: Readonly<Record<string, RowValue>>;
    }
  | { readonly kind: "pass"; readonly reason: PassThroughReason; readonly detail: string };

/** The same without its parameters, so that it can be kept for the statement's text. */
export type Outline =
  | {
      readonly kind: "entry";
      readonly tables: readonly string[];
      readonly narrow: readonly { readonly column: string; readonly value: ComparedTo }[];
      readonly timeParameters: ReadStatement["timeParameters"];
    }
  | Extract<AnswerPlan, { readonly kind: "pass" }>;

export function outlineOf(statement: Statement, relations: KnownRelations): Outline {
  if (statement.kind === "refused") return { ...statement, kind: "pass" };
  try {
    const tables = [...relations.tablesOf(statement)];
    mayReadColumns(statement, tables, relations);
    const narrow = narrowing(statement, tables, relations);
    return { kind: "entry", tables, narrow, timeParameters: statement.timeParameters };
  } catch (error) {
    if (!(error instanceof Pass)) throw error;
    return { kind: "pass", reason: error.reason, detail: error.detail };
  }
}

/** @param parameters as they are bound; keys of a driver must tell them apart before */
export function planOf(outline: Outline, parameters: readonly unknown[]): AnswerPlan {
  if (outline.kind === "pass") return outline;
  const { tables, narrow, timeParameters } = outline;
  const timed = timeParameters === "all" ? parameters : [...timeParameters].map((at) => parameters[at]);
  const word = timed.find(mayBeTimeWord);
  if (word !== undefined) return { kind: "pass", reason: "time", detail: "a parameter" };
  const where: Record<string, RowValue> = {};
  for (const { column, value } of narrow) {
    const bound = boundValue(value, parameters);
    if (bound !== undefined) where[column] = bound;
  }
  return Object.keys(where).length > 0 ? { kind: "entry", tables, where } : { kind: "entry", tables };
}

function mayBeTimeWord(value: unknown): boolean {
  if (typeof value === "string") return hasTimeWord(value);
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    return hasTimeWord(new TextDecoder().decode(value));
  }
  return (
    typeof value === "object" && value !== null && !(value instanceof Date) && hasTimeWord(deepText(value))
  );
}

/** All texts in an object or a list; what cannot be written as JSON is refused by the key. */
function deepText(value: object): string {
  try {
    return Array.isArray(value) && value.every((one) => typeof one === "number")
      ? String.fromCharCode(...value.slice(0, 20))
      : JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner));
  } catch {
    return "now";
  }
}

/** @returns undefined when the entry must not be narrowed by it */
function boundValue(literal: ComparedTo, parameters: readonly unknown[]): RowValue | undefined {
  if ("text" in literal) return comparable(literal.text);
  if ("number" in literal) return Number(literal.number);
  const value = parameters[literal.parameter];
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "string") return comparable(value);
  const isPlain =
    value === null ||
    ["boolean", "bigint"].includes(typeof value) ||
    value instanceof ArrayBuffer ||
    value instanceof Uint8Array;
  return isPlain ? (value as RowValue) : undefined;
}

/** What Postgres reads as a boolean, if the column is one. */
const BOOLEAN_WORD = /^\s*(?:t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|y(?:es?)?|no?|on|off?)\s*$/i;

const comparable = (text: string) => (BOOLEAN_WORD.test(text) ? undefined : text);

const ROW_IDS = ["rowid", "oid", "_rowid_"];

/** SQLite renumbers rows without a key of their own, and no trigger fires. */
function mayReadColumns(
  { dialect, mentioned }: ReadStatement,
  tables: readonly string[],
  { map }: KnownRelations,
): void {
  if (dialect !== "sqlite") return;
  for (const name of ROW_IDS) {
    if (!mentioned.has(name)) continue;
    const isColumn = tables.every((table) =>
      map.tables[table]?.columns?.some((column) => asciiLower(column) === name),
    );
    if (!isColumn) throw new Pass("system-column", name);
  }
}

function narrowing(
  { conjuncts, dialect, relations: written }: ReadStatement,
  tables: readonly string[],
  relations: KnownRelations,
) {
  const [relation, another] = written;
  if (relation === undefined || another !== undefined || tables.length !== 1) return [];
  const table = relations.tableOf(relation);
  const followed = table === undefined ? undefined : relations.map.tables[table]?.followed;
  if (followed === undefined || table !== tables[0]) return [];
  const fold = dialect === "sqlite" ? asciiLower : (name: string) => name;
  const nameOf = ({ kind, text, lower }: { kind: string; text: string; lower: string }) =>
    dialect === "postgres" && kind === "word" ? lower : fold(text);
  // An alias hides the table's own name.
  const names = relation.alias ? [relation.alias] : relation.path;
  const qualified = names.map(nameOf).join(".");
  const last = nameOf(names.at(-1) as (typeof names)[number]);
  return conjuncts.flatMap(({ qualifier, column, value }) => {
    const before = qualifier.map(nameOf).join(".");
    if (before !== "" && before !== last && before !== qualified) return [];
    const name = followed.find((one) => fold(one) === nameOf(column));
    return name === undefined ? [] : [{ column: name, value }];
  });
}
