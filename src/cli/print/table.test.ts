import { expect, test } from "vitest";
import { paintFor } from "./paint.ts";
import { bytesOf, countOf, dollarsOf, durationOf, percentOf } from "./quantities.ts";
import { printable, tableLines } from "./table.ts";

const plain = paintFor({});
const columns = [
  { title: "name", text: ({ name }: { name: string; n: number }) => name },
  { title: "n", text: ({ n }: { n: number }) => countOf(n), align: "right" as const },
  { title: "query", text: ({ name }: { name: string }) => `/rest/v1/${name}` },
];

test("columns are aligned, numbers to the right, and nothing follows the last one", () => {
  const rows = [
    { name: "a", n: 1_234 },
    { name: "longer", n: 5 },
  ];
  expect(tableLines(rows, columns, plain)).toEqual([
    "name        n  query",
    "a       1,234  /rest/v1/a",
    "longer      5  /rest/v1/longer",
  ]);
});

test("a line ends where the terminal does, and some of the last column always shows", () => {
  const rows = [{ name: "x".repeat(50), n: 1 }];
  const [, line = ""] = tableLines(rows, columns, plain, 60);
  expect(line).toBe(`${"x".repeat(50)}  1  /rest/v1/xxxxxxxxxx…`);
});

test("what strangers have put into a query cannot steer the terminal", () => {
  expect(printable("a\x1b[2J\nb\u202ec\u2028é 日本")).toBe("a\\u{1b}[2J\\u{a}b\\u{202e}c\\u{2028}é 日本");
});

test("colours do not shift columns, and only a terminal gets them", () => {
  const coloured = paintFor({ isTTY: true });
  const green = [{ title: "state", text: () => "ok", colour: () => "green" as const }, ...columns];
  const rows = [{ name: "a", n: 1 }];
  const shown = tableLines(rows, green, process.env.NO_COLOR ? plain : coloured);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such characters
  const bare = shown.map((line) => line.replace(/\x1b\[\d+m/g, ""));
  expect(bare).toEqual(tableLines(rows, green, plain));
});

test("quantities are short", () => {
  expect([0, 999.4, 12_345].map(countOf)).toEqual(["0", "999", "12,345"]);
  expect([0.81, 1, 12.04].map(percentOf)).toEqual(["81.0 %", "100.0 %", "1,204.0 %"]);
  expect([0, 999, 1_000, 119_000, 7_200_000, 200_000_000].map(durationOf)).toEqual([
    "0 ms",
    "999 ms",
    "1 s",
    "1 min",
    "2 h",
    "2 d",
  ]);
  expect([512, 3_400, 1_200_000].map(bytesOf)).toEqual(["512 B", "3.4 KB", "1.2 MB"]);
  expect([0, 0.00042, 0.5, 12].map(dollarsOf)).toEqual(["$0.00", "$0.00042", "$0.50", "$12.00"]);
});
