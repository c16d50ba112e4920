import { text } from "../quote.ts";
import type { D1Table, UniqueIndex } from "./schema.ts";
import { closingOf, type D1Token, isWord, joined, lowerCase, namesIn, sqlTokens } from "./tokens.ts";

/** One column of a unique index. */
interface UniqueKey {
  /** Null: it is an expression. */
  readonly column: string | null;
  /** The SQL of the expression, over the table's columns. */
  readonly expression: string | null;
  readonly collation: string;
}

/** A unique index as its owner wrote it. */
export interface ReadIndex {
  readonly keys: readonly UniqueKey[];
  /** The condition of a partial one. Null: it is not partial. */
  readonly where: string | null;
  /** All that its expressions and its condition may name, in lower case. */
  readonly names: ReadonlySet<string>;
}

/** @returns undefined when its text is not understood */
export function readIndex(table: D1Table, { sql, keys, partial }: UniqueIndex): ReadIndex | undefined {
  const plain = keys.every(({ column }) => column !== null) && !partial;
  if (plain) {
    return { keys: keys.map((key) => ({ ...key, expression: null })), where: null, names: new Set() };
  }
  if (sql === null) return undefined;
  const columns = new Set(table.columns.map(({ name }) => lowerCase(name)));
  const tokens = sqlTokens(sql).map((token) => asMeant(token, columns));
  const open = tokens.findIndex(({ kind, raw }) => kind === "symbol" && raw === "(");
  if (open < 0) return undefined;
  const close = closingOf(tokens, open);
  const terms = termsOf(tokens.slice(open + 1, close));
  const rest = tokens.slice(close + 1);
  if (terms.length !== keys.length || rest.length > 0 !== partial) return undefined;
  if (partial && !isWord(rest[0], "where")) return undefined;
  return {
    keys: keys.map(({ column, collation }, place) => ({
      ...{ column, collation },
      expression: column === null ? joined(withoutOrder(terms[place] ?? [])) : null,
    })),
    where: partial ? joined(rest.slice(1)) : null,
    names: namesIn(tokens.slice(open)),
  };
}

/** SQLite takes `"draft"` for a text where no column has that name, but not in every statement. */
function asMeant(token: D1Token, columns: ReadonlySet<string>): D1Token {
  if (!token.raw.startsWith('"') || columns.has(lowerCase(token.text))) return token;
  return { kind: "text", raw: text(token.text), text: token.text };
}

/** What stands between the commas that are in no inner parentheses. */
function termsOf(tokens: readonly D1Token[]): readonly (readonly D1Token[])[] {
  const terms: D1Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === "symbol" && token.raw === "(") depth++;
    if (token.kind === "symbol" && token.raw === ")") depth--;
    if (token.kind === "symbol" && token.raw === "," && depth === 0) terms.push([]);
    else terms.at(-1)?.push(token);
  }
  return terms;
}

function withoutOrder(term: readonly D1Token[]): readonly D1Token[] {
  const last = term.at(-1);
  return isWord(last, "asc") || isWord(last, "desc") ? term.slice(0, -1) : term;
}

/** The names of all that the keys of these indexes may depend on, in lower case. */
export function decisiveNames(table: D1Table, indexes: readonly ReadIndex[]): ReadonlySet<string> {
  const plain = indexes.flatMap(({ keys }) => keys.map(({ column }) => lowerCase(column ?? "")));
  const named = indexes.flatMap(({ names }) => [...names]);
  return new Set([...plain, ...named, ...generatedNames(table, indexes)]);
}

/** What the table's generated columns may depend on, if one of them is a part of these indexes. */
export function generatedNames(table: D1Table, indexes: readonly ReadIndex[]): ReadonlySet<string> {
  const generated = table.columns.filter((column) => column.generated).map(({ name }) => lowerCase(name));
  const isPart = (name: string) =>
    indexes.some(
      ({ keys, names }) => names.has(name) || keys.some(({ column }) => lowerCase(column ?? "") === name),
    );
  if (!generated.some(isPart)) return new Set();
  const tokens = sqlTokens(table.sql);
  const inside = tokens.flatMap((token, at) => {
    const opens = isWord(token, "as") && tokens[at + 1]?.raw === "(";
    return opens ? tokens.slice(at + 2, closingOf(tokens, at + 1)) : [];
  });
  return namesIn(inside);
}
