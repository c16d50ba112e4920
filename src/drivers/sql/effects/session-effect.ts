import { dialectOf } from "../dialect/dialect.ts";
import { Pass } from "../pass-through.ts";
import { isOperator, isWord, type Token } from "../token.ts";
import { tokenize } from "../tokenize.ts";
import { READS_ONLY } from "./may-write.ts";

/**
 * What a statement of Postgres does to its connection. `lasting`: settings, roles, temporary tables or whatever is not
 * understood, which later statements may depend on. `unknown`: it calls what may do such things.
 */
export type SessionEffect = "none" | "begin" | "end" | "lasting" | "unknown";

/** Statements that leave nothing behind on their connection, unless they call what does. */
const HARMLESS =
  `select with values table insert update delete merge truncate explain show savepoint release notify analyze
  vacuum create alter drop comment grant revoke reindex refresh cluster lock fetch move close deallocate checkpoint copy
  declare`.split(/\s+/);
/** What a name in front of parentheses is no call behind. */
const BEFORE_COLUMNS = [
  "into",
  "conflict",
  "set",
  "table",
  "index",
  "on",
  "references",
  "key",
  "unique",
  "check",
];
/** Functions that change nothing of a connection: sequences', and the catalogue's, whose names are Postgres' own. */
const OF_SEQUENCES = ["nextval", "setval", "currval", "lastval"];
const OF_CATALOGUE = /^(?:pg_|has_\w+_privilege$|to_reg|txid_|(?:col|obj|shobj)_description$)/;

export function sessionEffect(sql: string): SessionEffect {
  try {
    const all = tokenize(sql, "postgres");
    const tokens = isOperator(all.at(-1), ";") ? all.slice(0, -1) : all;
    return tokens.some((token) => isOperator(token, ";")) ? "lasting" : effectOf(tokens);
  } catch (error) {
    if (error instanceof Pass) return "lasting";
    throw error;
  }
}

function effectOf(tokens: readonly Token[]): SessionEffect {
  const [first, second, third] = tokens;
  const has = (...words: readonly string[]) => tokens.some((token) => isWord(token, ...words));
  if (first === undefined) return "none";
  if (isWord(first, "begin", "start")) return "begin";
  if (isWord(first, "rollback") && has("to")) return "none";
  if (isWord(first, "commit", "rollback", "end", "abort")) {
    // Another transaction begins at once.
    return has("chain") && !has("no") ? "begin" : "end";
  }
  // Until the transaction ends, and it is over without one.
  if (isWord(first, "set") && isWord(second, "local", "transaction", "constraints")) return "none";
  if (has("temp", "temporary") || tokens.some(isTemporarySchema)) return "lasting";
  if (isWord(first, "do", "call")) return "unknown";
  if (first.kind !== "group" && !isWord(first, ...HARMLESS)) return "lasting";
  // A server-side cursor, or a prepared statement, reads as it was made.
  if (isWord(first, "declare") && isWord(third, "binary")) return "lasting";
  const isDefinition = isWord(first, "create", "alter", "drop", "comment", "grant", "revoke", "reindex");
  if (isDefinition) return "none";
  if (setsLastingly(tokens)) return "lasting";
  return callsUnknown(tokens) ? "unknown" : "none";
}

/** `set_config(name, value, is_local)`, unless it is certain that it ends with the transaction. */
function setsLastingly(tokens: readonly Token[]): boolean {
  return tokens.some((token, at) => {
    if (token.kind === "group") return setsLastingly(token.inner);
    const given = tokens[at + 1];
    return token.lower === "set_config" && !(given?.kind === "group" && isWord(given.inner.at(-1), "true"));
  });
}

/** `CREATE TABLE pg_temp.posts` makes a temporary table, too. */
const isTemporarySchema = (token: Token): boolean =>
  (token.kind === "word" || token.kind === "quoted") && token.lower.startsWith("pg_temp");

function callsUnknown(tokens: readonly Token[]): boolean {
  const { functions, sets, beforeParentheses } = dialectOf("postgres");
  return tokens.some((token, at) => {
    if (token.kind === "group") return callsUnknown(token.inner);
    const next = tokens[at + 1];
    if (next?.kind !== "group" || next.open !== "(") return false;
    if ((token.kind !== "word" && token.kind !== "quoted") || isWord(token, ...BEFORE_COLUMNS, "lateral"))
      return false;
    if (isWord(tokens[beginningOfPath(tokens, at) - 1], "into", "as", "join", "from", "with", ",")) {
      return !isColumnList(tokens, at) && !sets.has(token.lower);
    }
    if (token.lower === "set_config") return false;
    if (OF_SEQUENCES.includes(token.lower) || OF_CATALOGUE.test(token.lower)) return false;
    return ![functions, sets, beforeParentheses, READS_ONLY].some((list) => list.has(token.lower));
  });
}

function beginningOfPath(tokens: readonly Token[], at: number): number {
  return isOperator(tokens[at - 1], ".") ? beginningOfPath(tokens, at - 2) : at;
}

/** `INTO posts (id, …)`, `AS p (id)`, `WITH x (id) AS`: names and commas alone. */
function isColumnList(tokens: readonly Token[], at: number): boolean {
  const group = tokens[at + 1];
  const before = tokens[beginningOfPath(tokens, at) - 1];
  const isNames =
    group?.kind === "group" &&
    group.inner.every((token, place) =>
      place % 2 === 0 ? token.kind === "word" || token.kind === "quoted" : isOperator(token, ","),
    );
  return isNames && isWord(before, "into", "as", "with");
}
