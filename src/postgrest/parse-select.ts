import type { Lexer } from "./lexer.ts";
import { parsePath } from "./parse-field.ts";
import type { Aggregate, ColumnItem } from "./query.ts";

/** Deeper trees are refused: recursion stays bounded whatever a stranger sends. */
export const MAX_DEPTH = 24;

/** A select item while the tree is built: the embeds' levels are filled by the other parameters later. */
export type SelectDraft = { readonly kind: "star" } | ColumnItem | EmbedDraft;

export interface EmbedDraft {
  readonly kind: "embed";
  readonly relation: string;
  readonly spread: boolean;
  readonly inner: boolean;
  readonly alias?: string;
  readonly hint?: string;
  readonly items: readonly SelectDraft[];
}

export function parseSelect(lexer: Lexer): readonly SelectDraft[] {
  const items = parseItems(lexer, 0);
  lexer.end();
  return items;
}

function parseItems(lexer: Lexer, depth: number): readonly SelectDraft[] {
  if (depth > MAX_DEPTH) lexer.fail("too many levels of embedding", "too-deep");
  const items: SelectDraft[] = [];
  if (lexer.atEnd || lexer.peek() === ")") return items;
  do {
    lexer.blanks();
    items.push(parseItem(lexer, depth));
    lexer.blanks();
  } while (lexer.take(","));
  return items;
}

function parseItem(lexer: Lexer, depth: number): SelectDraft {
  if (lexer.take("...")) return parseEmbed(lexer, lexer.name(), { spread: true }, depth);
  if (lexer.take("*")) {
    expectItemEnd(lexer);
    return { kind: "star" };
  }
  let bare = lexer.peek() !== '"';
  let name = lexer.name();
  let alias: string | undefined;
  if (lexer.peek() === ":" && !lexer.startsWith("::")) {
    lexer.take(":");
    alias = name;
    lexer.blanks();
    bare = lexer.peek() !== '"';
    name = lexer.name();
  }
  const labels = alias === undefined ? {} : { alias };
  if (bare && name === "count" && lexer.take("()")) {
    const aggregateCast = parseCast(lexer);
    expectItemEnd(lexer);
    return { kind: "column", aggregate: "count", ...labels, ...(aggregateCast && { aggregateCast }) };
  }
  if (lexer.peek() === "!" || lexer.peek() === "(") {
    // PostgREST reserves this name for the aggregate, so no relation of this name can be embedded.
    if (name === "count") lexer.fail("count is an aggregate, not a relation");
    return parseEmbed(lexer, name, { spread: false, ...labels }, depth);
  }
  const path = parsePath(lexer);
  lexer.blanks();
  const cast = parseCast(lexer);
  const aggregate = parseAggregate(lexer);
  const aggregateCast = parseCast(lexer);
  expectItemEnd(lexer);
  if (aggregateCast !== undefined && aggregate === undefined)
    lexer.fail("a second cast without an aggregate");
  return {
    kind: "column",
    field: { column: name, path },
    ...labels,
    ...(cast && { cast }),
    ...(aggregate && { aggregate }),
    ...(aggregateCast && { aggregateCast }),
  };
}

function parseEmbed(
  lexer: Lexer,
  relation: string,
  how: { readonly spread: boolean; readonly alias?: string },
  depth: number,
): EmbedDraft {
  let join: "inner" | "left" | undefined;
  let hint: string | undefined;
  for (let parameter = 0; parameter < 2 && lexer.take("!"); parameter += 1) {
    // As in PostgREST, a bare hint that begins with a join's name is that join and then a syntax error.
    if (lexer.take("left")) join ??= "left";
    else if (lexer.take("inner")) join ??= "inner";
    else {
      const name = lexer.name();
      hint ??= name;
    }
  }
  lexer.expect("(");
  const items = parseItems(lexer, depth + 1);
  lexer.expect(")");
  return { kind: "embed", relation, ...how, inner: join === "inner", ...(hint && { hint }), items };
}

function parseCast(lexer: Lexer): string | undefined {
  return lexer.take("::") ? lexer.identifier() : undefined;
}

const AGGREGATES: readonly Aggregate[] = ["sum", "avg", "count", "max", "min"];

function parseAggregate(lexer: Lexer): Aggregate | undefined {
  if (!lexer.take(".")) return undefined;
  const aggregate = AGGREGATES.find((name) => lexer.take(`${name}()`));
  return aggregate ?? lexer.fail("expected sum(), avg(), count(), max() or min()");
}

function expectItemEnd(lexer: Lexer): void {
  if (!lexer.atEnd && lexer.peek() !== "," && lexer.peek() !== ")") lexer.fail("expected , or ) or the end");
}
