import { describe, expect, it } from "vitest";
import { TableScanner } from "./table-scanner.ts";

/** What the scanner finds if the text arrives in pieces of this many bytes. */
function scan(text: string, pieceBytes: number): TableScanner {
  const scanner = new TableScanner();
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) scanner.feed(bytes.subarray(at, at + pieceBytes));
  return scanner;
}

const PIECES = [1, 2, 7, 1_000_000];

describe("the table of a payload that arrives in pieces", () => {
  it.each([
    [
      "Supabase's order of keys",
      '{"type": "INSERT", "table": "a", "record": {"id": 1}, "schema": "s"}',
      "s.a",
    ],
    ["names with escapes and umlauts", String.raw`{"table":"a\"\\","x":1,"schema":"\u0073ä"}`, 'sä.a"\\'],
    [
      "a row that looks like a payload",
      String.raw`{"record":{"table":"x","schema":"y","t":"\",\"schema\":\"z\"}","l":[{"table":"x"}]},"schema":"s","table":"a"}`,
      "s.a",
    ],
    ["an object without them", '{"type":"INSERT","record":{"table":"x","schema":"y"}}', undefined],
    ["members that are no texts", '{"schema":null,"table":["a"],"record":{}}', undefined],
    ["members that are no texts, twice named", '{"schema":"schema","table":{"table":"table"}}', undefined],
    ["names beyond any of Postgres", `{"schema":"s","table":"${"a".repeat(1_000)}"}`, undefined],
    ["empty names", '{"schema":"","table":""}', undefined],
  ])("is found in %s", (_, text, relation) => {
    for (const bytes of PIECES) {
      expect(scan(text, bytes)).toMatchObject({ relation, isObject: true });
    }
  });

  it.each([
    ["a list", '[{"schema":"s","table":"a"}]', false],
    ["a text", '"schema"', false],
    ["bytes", "\u0000\u0000", false],
    ["two objects", '{} {"schema":"s"', true],
    ["more than an object", '{"a":1} x', false],
    ["spaces", " \n\t\r", undefined],
  ])("is not looked for in %s", (_, text, isObject) => {
    for (const bytes of PIECES) expect(scan(text, bytes).isObject).toBe(isObject);
  });
});
