import { expect, test } from "vitest";
import { mirrorCheck } from "./gateway-checks.ts";

const tables = { "public.articles": { freshnessMs: 10_000 }, "public.prices": { freshnessMs: 1_000 } };
const seen = { isolates: 10_000, elapsedMs: 1 };
const strict = { "public.stock": { freshnessMs: 0 } };

test.each([
  [
    "few isolates need none",
    40,
    null,
    "ok",
    /40 busy isolates ask up to 80 times a second: no mirrors are needed/,
  ],
  [
    "many are said to need some",
    640,
    null,
    "warning",
    /640 busy isolates ask up to 1280 .*one keeper takes about 1000/,
  ],
  [
    "with mirrors that is well, if they are in several regions",
    640,
    { perRegion: 1 },
    "ok",
    /the mirrors take 5400: 600 in each of nine regions/,
  ],
  [
    "unless they are too few",
    10_000,
    { perRegion: 1 },
    "warning",
    /up to 20000 .*more than the mirrors take/,
  ],
] as const)("M6. %s", (_, isolates, mirrors, severity, message) => {
  const check = mirrorCheck({ tables: { ...tables, ...strict }, mirrors }, { isolates, elapsedMs: 1 });
  expect(check).toMatchObject({ severity, message: expect.stringMatching(message) });
});

test("M6. says how many a region needs", () => {
  expect(mirrorCheck({ tables, mirrors: { perRegion: 1 } }, seen).fix).toBe(
    "mirrors: { perRegion: 4 } or more",
  );
});

test("M6. where every table is read strictly, mirrors help nobody", () => {
  expect(mirrorCheck({ tables: strict, mirrors: null }, seen)).toMatchObject({ severity: "ok" });
});
