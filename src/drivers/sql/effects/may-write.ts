import { dialectOf } from "../dialect/dialect.ts";
import { Pass } from "../pass-through.ts";
import { type DialectName, isWord, type Token } from "../token.ts";
import { tokenize } from "../tokenize.ts";

const WRITES =
  `insert update delete merge replace into truncate create drop alter call do copy execute import refresh reindex
  grant revoke comment security`.split(/\s+/);
const BEGINS_READ = [
  "select",
  "with",
  "values",
  "explain",
  "show",
  "table",
  "pragma",
  "begin",
  "commit",
  "end",
].concat("rollback", "start", "savepoint", "release", "set", "listen", "unlisten");

/** Functions of Postgres that are not pure, and write nothing. */
const READS_ONLY = new Set(
  `now clock_timestamp statement_timestamp transaction_timestamp timeofday random gen_random_uuid uuidv4 uuidv7 age
  current_setting version current_database current_schema current_schemas pg_backend_pid pg_typeof to_regclass pg_get_viewdef
  pg_table_is_visible format_type row_security_active date timestamp`.split(/\s+/),
);

/**
 * Whether a statement may change rows. A SELECT of Postgres may, by a function that it calls; what is not understood may.
 */
export function mayWrite(sql: string, dialect: DialectName): boolean {
  try {
    const tokens = tokenize(sql, dialect);
    return !isWord(tokens[0], ...BEGINS_READ) || writes(tokens, dialect);
  } catch (error) {
    if (error instanceof Pass) return true;
    throw error;
  }
}

/** Whether a statement of SQLite is one after which `changes()` tells of its own rows. */
export function countsChanges(sql: string): boolean {
  try {
    const tokens = tokenize(sql, "sqlite");
    if (isWord(tokens[0], "insert", "update", "delete", "replace")) return true;
    return isWord(tokens[0], "with") && tokens.some((token) => isWord(token, "into", "update", "delete"));
  } catch (error) {
    if (error instanceof Pass) return false;
    throw error;
  }
}

function writes(tokens: readonly Token[], dialect: DialectName): boolean {
  const { functions, sets, beforeParentheses } = dialectOf(dialect);
  return tokens.some((token, at) => {
    if (token.kind === "group") return writes(token.inner, dialect);
    const next = tokens[at + 1];
    const isCall = next?.kind === "group" && next.open === "(";
    // `replace(…)` is a function.
    if (isWord(token, ...WRITES) && !(isCall && functions.has(token.lower))) return true;
    if (dialect === "sqlite" || !isCall || (token.kind !== "word" && token.kind !== "quoted")) return false;
    const known = [functions, sets, beforeParentheses, READS_ONLY].some((list) => list.has(token.lower));
    return !known;
  });
}
