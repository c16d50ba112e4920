import { expect, test } from "vitest";
import { namesIn, sqlTokens } from "./tokens.ts";

const texts = (sql: string) => sqlTokens(sql).map(({ text }) => text);

test("quotes of all kinds, comments and numbers are told apart", () => {
  expect(texts(`a"b""c"[d e]\`f\`'g''h' x'61' 1.5e3 -- i\n /* j ' */ k->>'l' != m`)).toEqual([
    ...["a", 'b"c', "d e", "f", "g'h", "x'61'", "1.5e3", "k", "->>", "l", "!=", "m"],
  ]);
});

test("a comment without an end ends with the statement, and so does a quote", () => {
  expect(texts("a /* b")).toEqual(["a"]);
  expect(texts("a 'b")).toEqual(["a", "'", "b"]);
});

test("all that may name something counts as a name, in lower case", () => {
  expect([...namesIn(sqlTokens(`SELECT Ä, "B" FROM 'C', [D], main.e WHERE 1 = x'66'`))]).toEqual([
    ...["select", "Ä", "b", "from", "c", "d", "main", "e", "where"],
  ]);
});
