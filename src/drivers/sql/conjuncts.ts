import { isName, isNamed, isOperator, isWord, type Simple, type Token } from "./token.ts";

/** `column = value`, which holds for every row that the statement reads. */
export interface Conjunct {
  /** What stands before the column: a table, its alias, or a schema and a table. */
  readonly qualifier: readonly Simple[];
  readonly column: Simple;
  readonly value: ComparedTo;
}

export type ComparedTo =
  | { readonly parameter: number }
  | { readonly text: string }
  | { readonly number: string };

/** What ends a WHERE. */
const ENDS = [
  "group",
  "having",
  "order",
  "limit",
  "offset",
  "fetch",
  "window",
  "for",
  "union",
  "intersect",
  "except",
];

/**
 * The equations that the WHERE of a statement of one query requires, one and all. Elsewhere, and under OR, BETWEEN or
 * CASE (whose AND is another one), there are none.
 */
export function conjunctsOf(tokens: readonly Token[]): readonly Conjunct[] {
  const where = tokens.findIndex((token, at) => isWord(token, "where") && !isNamed(tokens, at));
  if (where < 0) return [];
  const rest = tokens.slice(where + 1);
  const end = rest.findIndex((token) => isWord(token, ...ENDS));
  return conjunctsIn(end < 0 ? rest : rest.slice(0, end));
}

function conjunctsIn(tokens: readonly Token[]): readonly Conjunct[] {
  if (tokens.some((token) => isWord(token, "or", "between", "case", "when", "overlaps"))) return [];
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (isWord(token, "and")) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.flatMap((part) => {
    const [only] = part;
    if (part.length === 1 && only?.kind === "group" && only.open === "(") return conjunctsIn(only.inner);
    const found = equation(part) ?? equation(reversed(part));
    return found === undefined ? [] : [found];
  });
}

/** `value = column` the other way round. */
function reversed(part: readonly Token[]): readonly Token[] {
  const [value, equals, ...column] = part;
  return value && equals && column.length > 0 ? [...column, equals, value] : part;
}

function equation(part: readonly Token[]): Conjunct | undefined {
  const value = literalOf(part.at(-1));
  const equals = part.at(-2);
  if (value === undefined || !(isOperator(equals, "=") || isOperator(equals, "=="))) return undefined;
  const written = part.slice(0, -2);
  if (written.length % 2 === 0) return undefined;
  const isPath = written.every((token, at) => (at % 2 === 0 ? isName(token) : isOperator(token, ".")));
  if (!isPath) return undefined;
  const names = written.filter(isName);
  const column = names.at(-1);
  return column && { qualifier: names.slice(0, -1), column, value };
}

function literalOf(token: Token | undefined): ComparedTo | undefined {
  if (token?.kind === "parameter" && token.index !== undefined) return { parameter: token.index };
  if (token?.kind === "string") return { text: token.text };
  // Not `0x10`, `1_000` or `1e3`: what they are differs between versions.
  if (token?.kind === "number" && /^\d+(?:\.\d+)?$/.test(token.text)) return { number: token.text };
  return undefined;
}
