import fc from "fast-check";
import { expect, it } from "vitest";
import { coarse, type RowValue } from "./coarse.ts";

it.each<[string, RowValue, RowValue]>([
  ["a number and its text", 7, "7"],
  ["a number in a TEXT column", 7, "7.0"],
  ["numeric scale", "1.50", 1.5],
  ["integers beyond 2^53", 9_007_199_254_740_993n, 9_007_199_254_740_992],
  ["minus zero", -0, 0],
  ["a boolean as SQLite stores it", true, 1],
  ["a boolean as Postgres prints it", false, "f"],
  ["a boolean by another word of Postgres'", true, "yes"],
  ["a boolean by the beginning of one", false, "of"],
  ["NOCASE and citext", "Straße", "STRAßE"],
  ["char(n)", "abc", "abc   "],
  ["a composed letter", "é", "e\u0301"],
  ["a uuid's spellings", "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11"],
  ["a uuid of digits", "12345678-1234-1234-1234-123456789012", "12345678123412341234123456789012"],
  ["a uuid that is a number", "00000000-0000-0000-0000-0000000e1234", "000000000000000000000000000e1234"],
  ["bytes and the hex that capture tells", new Uint8Array([0, 171]), "00AB"],
  ["a buffer and its bytes", new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2])],
  ["infinities", "1e999", "-Infinity"],
  ["hexadecimal, with a sign", "-0x1F", -31],
  ["octal and binary", "0o17", "+0b1111"],
  ["an underscore between digits", "-1_000.5", "-1000.50"],
  ["a sigma at the end of a word, in citext", "οδοσ", "ΟΔΟΣ"],
  ["both small sigmas", "ς", "σ"],
  ["a large sharp s, in citext", "STRAẞE", "straße"],
  ["zeros before a number", `${"0".repeat(200)}7`, 7],
  ["long texts by their beginning", "x".repeat(300), "x".repeat(256)],
])("R4. %s", (_, one, other) => {
  expect(coarse(one)).toBe(coarse(other));
});

it("R4. null is like no value", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.uint8Array()), (value) => {
      expect(coarse(value)).not.toBe(coarse(null));
    }),
  );
});

it("R4. tells ordinary values apart", () => {
  const values = [1, 2, "a", "b", "a1", "1.5", "15", "-3", true, false, null, "ada@example.com"];
  // What is equal to 1 and 0 is.
  expect(new Set(values.map(coarse)).size).toBe(values.length - 1);
});

it("R4. whatever is a letter's lower case is like the letter", () => {
  const apart: string[] = [];
  for (let code = 0; code < 0x11_0000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const letter = String.fromCodePoint(code);
    const small = letter.toLowerCase();
    if (small !== letter && coarse(small) !== coarse(letter)) apart.push(letter);
  }
  expect(apart).toEqual([]);
});

it("R4. what any of the databases' equalities takes for equal is equal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), fc.nat(4), (text, way) => {
      const other = [text.toLowerCase(), `${text}  `, text.normalize("NFD"), text.normalize("NFC"), text][
        way
      ];
      expect(coarse(other as string)).toBe(coarse(text));
    }),
  );
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (number) => {
      expect(coarse(String(number))).toBe(coarse(number));
      expect(coarse(` ${number.toExponential()}`)).toBe(coarse(number));
      expect(coarse(number.toPrecision(30))).toBe(coarse(number));
    }),
  );
});
