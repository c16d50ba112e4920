import { anywhere, type HttpAttack } from "./attack.ts";

/**
 * CPU by verdict: the keeper compares each key registered here with each row of `documents` (5 KB) that the application
 * updates, and with the 500 rows of the attack `bulk-update`. A hundred keys of each kind are read again and again. Each
 * asks for one row and matches the first that Postgres looks at: cheap there, expensive only in a verdict.
 */
const KEYS = 100;

type Filter = (key: number) => string;

const list = (length: number, item: (n: number) => string | number) =>
  Array.from({ length }, (_, n) => item(n)).join(",");

const documents = (name: string, what: string, perSecond: number, filter: Filter): HttpAttack => ({
  kind: "http",
  name,
  what,
  perSecond,
  atOnce: 4,
  shot: (n) => ({
    target: `/rest/v1/documents?select=id&limit=1&${filter(n % KEYS)}`,
    from: anywhere(n),
  }),
});

export const VERDICTS: readonly HttpAttack[] = [
  documents(
    "patterns",
    "like.*____…Q1Z*, patterns that fail late on texts of 5 KB",
    3,
    (key) => `story=not.like.*${"_".repeat(60 + key)}Q1Z*`,
  ),
  documents("many-stars", "ilike with 40 stars", 1, (key) => `story=not.ilike.*${"q*1*".repeat(20)}z${key}*`),
  documents(
    "logic-trees",
    "or(…) of 7 KB, 380 comparisons, each of another shape",
    1,
    (key) => `not.or=(${list(380, (n) => `price.${(n ^ key) % 7 === 0 ? "lt" : "eq"}.-${n}.${key + 10}`)})`,
  ),
  documents(
    "arrays",
    "ov against 1,000 elements",
    1,
    (key) => `tags=not.ov.{${list(1_000, (n) => -n * 11 - key)}}`,
  ),
  documents("long-lists", "in.(…) of 7 KB", 1, (key) => `id=not.in.(${list(1_000, (n) => -n * 101 - key)})`),
  documents("big-numbers", "a numeric of 7,000 digits", 1, (key) => `price=lt.${"9".repeat(7_000)}${key}`),
  documents(
    "deep-paths",
    "a JSON path of 1,000 steps",
    1,
    (key) => `data->${"a->".repeat(1_000)}>b=not.eq.${key}`,
  ),
];
