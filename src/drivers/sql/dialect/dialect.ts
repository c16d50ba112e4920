import type { DialectName } from "../token.ts";
import { POSTGRES_FUNCTIONS, POSTGRES_SETS } from "./postgres-functions.ts";
import { SQLITE_FUNCTIONS, SQLITE_SETS } from "./sqlite-functions.ts";

/** What of a database's SQL is understood. Words are in lower case. */
export interface Dialect {
  readonly name: DialectName;
  /** Functions whose results follow from their arguments alone; those of the time are in `calls.ts`. */
  readonly functions: ReadonlySet<string>;
  /** The same of functions that stand where a table may. */
  readonly sets: ReadonlySet<string>;
  /** Words before a parenthesis that are no calls. */
  readonly beforeParentheses: ReadonlySet<string>;
  /** Words that make a statement's answer depend on the time or the session, or make it write or lock. */
  readonly refused: ReadonlyMap<string, "time" | "session" | "not-a-read" | "locks" | "not-understood">;
}

const set = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const KEYWORDS_BEFORE_PARENTHESES = `
  and or not in exists as on using where values select from join by over filter when then else case like glob regexp match
  between is limit offset union all intersect except distinct having collate escape partition order window materialized
  cast end asc desc null isnull notnull`;

/** Types that take a length or a precision. */
const TYPES_BEFORE_PARENTHESES =
  "varchar char character nchar nvarchar numeric decimal dec float int integer text";

const refused = (...lists: readonly (readonly [reason: string, words: string])[]) =>
  new Map(
    lists.flatMap(([reason, words]) => words.split(" ").map((word) => [word, reason])),
  ) as Dialect["refused"];

const SQLITE: Dialect = {
  name: "sqlite",
  functions: SQLITE_FUNCTIONS,
  sets: SQLITE_SETS,
  beforeParentheses: set(`${KEYWORDS_BEFORE_PARENTHESES} ${TYPES_BEFORE_PARENTHESES} rows range groups`),
  refused: refused(
    ["time", "current_date current_time current_timestamp"],
    ["not-a-read", "insert update delete pragma attach detach vacuum explain returning"],
    // A RAISE, or a table's hidden column.
    ["not-understood", "raise match"],
  ),
};

const POSTGRES: Dialect = {
  name: "postgres",
  functions: POSTGRES_FUNCTIONS,
  sets: POSTGRES_SETS,
  beforeParentheses: set(`${KEYWORDS_BEFORE_PARENTHESES} ${TYPES_BEFORE_PARENTHESES}
    any some array row lateral ilike similar to within group sets cube rollup grouping symmetric varying bit precision
    timestamp timestamptz time interval zone first last nulls fetch rows range groups bpchar`),
  refused: refused(
    ["time", "current_date current_time current_timestamp localtime localtimestamp timetz"],
    ["session", "current_user session_user user current_role current_catalog current_schema system_user"],
    ["not-a-read", "insert update delete merge truncate into explain copy call do returning"],
    ["not-understood", "table tablesample search cycle"],
  ),
};

export const dialectOf = (name: DialectName): Dialect => (name === "sqlite" ? SQLITE : POSTGRES);
