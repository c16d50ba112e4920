import type { Lexer } from "./lexer.ts";
import { parseField } from "./parse-field.ts";
import type { OrderTerm } from "./query.ts";

/** `name.desc.nullslast,client(city)`. Defaults are those of Postgres: ascending, with nulls above everything else. */
export function parseOrder(lexer: Lexer): readonly OrderTerm[] {
  const terms: OrderTerm[] = [];
  do {
    lexer.blanks();
    terms.push(parseTerm(lexer));
    lexer.blanks();
  } while (lexer.take(","));
  lexer.end();
  return terms;
}

function parseTerm(lexer: Lexer): OrderTerm {
  const embed = takeEmbed(lexer);
  const field = parseField(lexer);
  if (embed !== undefined) lexer.expect(")");
  const direction = lexer.take(".asc") ? "asc" : lexer.take(".desc") ? "desc" : undefined;
  const nulls = lexer.take(".nullsfirst") ? "first" : lexer.take(".nullslast") ? "last" : undefined;
  if (!lexer.atEnd && lexer.peek() !== ",") lexer.fail("expected asc, desc, nullsfirst or nullslast");
  const descending = direction === "desc";
  const nullsFirst = nulls === undefined ? descending : nulls === "first";
  return { ...(embed !== undefined && { embed }), field, descending, nullsFirst };
}

/** Takes `client(`. Undefined, and nothing is taken, if it is not a column of an embed. */
function takeEmbed(lexer: Lexer): string | undefined {
  const start = lexer.position;
  const name = lexer.name();
  if (lexer.take("(")) return name;
  lexer.position = start;
  return undefined;
}
