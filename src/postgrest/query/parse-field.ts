import type { Lexer } from "./lexer.ts";
import type { Field, PathStep } from "./query.ts";

/** A column, perhaps with a JSON path, and blanks around it. */
export function parseField(lexer: Lexer): Field {
  lexer.blanks();
  const column = lexer.name();
  const path = parsePath(lexer);
  lexer.blanks();
  return { column, path };
}

/** `->key`, `->>key`, `->0`, `->-1`, any number of them. */
export function parsePath(lexer: Lexer): readonly PathStep[] {
  const path: PathStep[] = [];
  while (lexer.startsWith("->")) {
    const text = lexer.take("->>") || !lexer.take("->");
    const index = takeIndex(lexer);
    path.push(index === undefined ? { text, key: lexer.jsonKey() } : { text, index });
  }
  return path;
}

/**
 * Digits are an index only if the path or the field ends after them. Before `)` they are a key, because PostgREST's
 * grammar says so.
 */
function takeIndex(lexer: Lexer): string | undefined {
  const start = lexer.position;
  const negative = lexer.take("-");
  const from = lexer.position;
  while (lexer.peek() >= "0" && lexer.peek() <= "9") lexer.position += 1;
  const digits = lexer.text.slice(from, lexer.position);
  const ends =
    lexer.atEnd || lexer.startsWith("->") || lexer.startsWith("::") || [".", ","].includes(lexer.peek());
  if (digits === "" || !ends) {
    lexer.position = start;
    return undefined;
  }
  if (digits.length > 9) lexer.fail("an array index out of range");
  const value = Number(digits);
  return String(negative && value !== 0 ? -value : value);
}
