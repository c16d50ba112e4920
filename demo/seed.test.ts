import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readerRows } from "./readers.ts";
import { seedRows } from "./seed.ts";

test("the seed is the same rows on every machine and in every run", () => {
  const hash = createHash("sha256").update(JSON.stringify(seedRows())).digest("hex");
  // If you change the rows, this changes too; check what relies on them.
  expect(hash.slice(0, 16)).toBe("e1b60478e9d7a188");
});

test("the seed has hundreds of rows of the blog and thousands of films", () => {
  expect(Object.fromEntries(seedRows().map(([table, rows]) => [table, rows.length]))).toEqual({
    "public.authors": 12,
    "public.articles": 240,
    "public.comments": 720,
    "public.tags": 8,
    "public.article_tags": 360,
    "public.movies": 3201,
    "public.samples": 8,
    "archive.articles": 3,
  });
});

test("those who sign in have bookmarks, teams and notes of their own", () => {
  expect(Object.fromEntries(readerRows().map(([table, rows]) => [table, rows.length]))).toEqual({
    "public.bookmarks": 24,
    "public.teams": 3,
    "public.memberships": 5,
    "public.notes": 24,
  });
});
