import type { Lexer } from "./lexer.ts";
import { parsePath } from "./parse-field.ts";
import type { Aggregate, ColumnItem } from "./query.ts";

/** Deeper trees are refused, so that no caller can exhaust the stack. */
export const MAX_DEPTH = 24;

/** A select item while the tree is built: other parameters fill the levels of embeds later. */
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

/** Like PostgREST, this ignores what follows the last item, unless it begins like another item. */
export function parseSelect(lexer: Lexer): readonly SelectDraft[] {
  const items = parseItems(lexer, 0);
  if (items.length === 0) lexer.end();
  return items;
}

function parseItems(lexer: Lexer, depth: number): readonly SelectDraft[] {
  if (depth > MAX_DEPTH) lexer.fail("too many levels of embedding", "too-deep");
  const items: SelectDraft[] = [];
  if (lexer.atEnd || lexer.peek() === ")") return items;
  for (;;) {
    lexer.blanks();
    items.push(parseItem(lexer, depth));
    if (lexer.peek() !== "," && lexer.peek() !== " " && lexer.peek() !== "\t") return items;
    // After an embed, only a comma may follow blanks. After a column the blanks belong to it.
    lexer.blanks();
    lexer.expect(",");
  }
}

function parseItem(lexer: Lexer, depth: number): SelectDraft {
  if (lexer.take("...")) return parseEmbed(lexer, lexer.name(), { spread: true }, depth);
  if (lexer.take("*")) {
    expectItemEnd(lexer);
    return { kind: "star" };
  }
  const alias = takeAlias(lexer);
  const labels = alias === undefined ? {} : { alias };
  if (lexer.take("count()")) {
    const aggregateCast = parseCast(lexer);
    expectItemEnd(lexer);
    return { kind: "column", aggregate: "count", ...labels, ...(aggregateCast && { aggregateCast }) };
  }
  const start = lexer.position;
  lexer.blanks();
  const skipped = lexer.text.slice(start, lexer.position);
  const isQuoted = lexer.peek() === '"';
  const name = lexer.name();
  if (lexer.peek() === "!" || lexer.peek() === "(") {
    // PostgREST reserves `count` for the aggregate, so a relation of that name cannot be embedded.
    if (name === "count") lexer.fail("count is an aggregate, not a relation");
    // Spaces before a bare name are part of it and trimmed. No other blanks may follow an embed's alias.
    if (alias !== undefined && (skipped.includes("\t") || (isQuoted && skipped !== "")))
      lexer.fail("blanks before the relation");
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

/** Takes `alias:`. Undefined, and nothing is taken, if there is none. */
function takeAlias(lexer: Lexer): string | undefined {
  const start = lexer.position;
  const name = lexer.name();
  if (lexer.peek() === ":" && !lexer.startsWith("::")) {
    lexer.take(":");
    return name;
  }
  lexer.position = start;
  return undefined;
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
    // As in PostgREST, a bare hint that begins with `left` or `inner` is that join, followed by a syntax error.
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
