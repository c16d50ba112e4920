import { Pass } from "../pass-through.ts";
import { isOperator, isWord, type Token } from "../token.ts";
import { tokenize } from "../tokenize.ts";

/**
 * What a statement of Postgres says that it does to its connection. `lasting`: settings, roles, temporary tables or whatever
 * is not understood, which later statements may depend on. What its functions and triggers do, the connection is asked.
 */
export type SessionEffect = "none" | "begin" | "end" | "lasting";

/** Statements that leave nothing behind on their connection, unless they run what does. */
const HARMLESS =
  `select with values table insert update delete merge truncate explain show savepoint release notify analyze
  vacuum create alter drop comment grant revoke reindex refresh cluster lock fetch move close deallocate checkpoint copy
  declare do call`.split(/\s+/);

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
  if (first.kind !== "group" && !isWord(first, ...HARMLESS)) return "lasting";
  // A server-side cursor, or a prepared statement, reads as it was made.
  if (isWord(first, "declare") && isWord(third, "binary")) return "lasting";
  const isDefinition = isWord(first, "create", "alter", "drop", "comment", "grant", "revoke", "reindex");
  return !isDefinition && setsLastingly(tokens) ? "lasting" : "none";
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
