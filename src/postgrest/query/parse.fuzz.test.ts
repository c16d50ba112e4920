import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { canonicalSearch, normalQuery } from "./canonical.ts";
import { parseQuery } from "./parse.ts";
import { QuerySyntaxError } from "./syntax-error.ts";

// FUZZ=1000000 for the long run; SEED=… to repeat a failure.
const runs = Number(process.env.FUZZ ?? 20_000);
const seed = Number(process.env.SEED ?? 20_261_121);

const SEEDS = [
  "select=*,a:b->c->>0::int,n:count(),x.sum()::text,...s!h!inner(*,t(*)),u(id)&order=a.desc.nullslast,s(b)&limit=5&offset=2",
  "id=in.(1,%22a,b%22,c%20d)&not.or=(a.eq.1,not.and(b.like.*x*,c.not.is.null),d.cs.{1,2})&u.id=eq(any).{1,2}",
  "or=(a.eq.%22x%5C%22,)%22,b.fts(english).cat)&a->b->>-1=gte.5&%22order%22=neq.1&n=isdistinct.+x&u.order=id&u.limit=1&select=u(*)",
  "select=a(x(*)),b(*),c(*)&a.x.id=eq.1&b.or=(id.eq.1)&c.limit=2&a.offset=0&b.order=id&c.id=match.[",
  "columns=a,b&name=ilike(all).{a*,*b}&t=match.^a&r=adj.[1,2)&and=(x.in.(1),y.is.true)&on_conflict=id",
];
const TOKENS = [
  "(",
  ")",
  ",",
  ".",
  "->",
  "->>",
  "::",
  ":",
  "!",
  "&",
  "=",
  '"',
  "\\",
  "{",
  "}",
  "*",
  "not.",
  "and",
  "or",
];
const MORE = [
  "in.(",
  "is.",
  "eq.",
  "select=",
  "order=",
  "%22",
  "%C3%A9",
  "+",
  "%",
  "...",
  "count()",
  "𝒳",
  "-",
  "1",
  "\0",
];

/** xorshift32: the same seed gives the same run on every machine. */
function random(state: number): (below: number) => number {
  let x = state | 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

function mutate(next: (below: number) => number): string {
  const tokens = [...TOKENS, ...MORE];
  let text = SEEDS[next(SEEDS.length)] ?? "";
  for (let count = next(4) + 1; count > 0; count -= 1) {
    const at = next(text.length + 1);
    const span = next(6);
    const kind = next(4);
    if (kind === 0) text = text.slice(0, at) + text.slice(at + span);
    else if (kind === 1) text = text.slice(0, at) + (tokens[next(tokens.length)] ?? "") + text.slice(at);
    else if (kind === 2)
      text = text.slice(0, at) + text.slice(at, at + span).repeat(2) + text.slice(at + span);
    else {
      const from = next(text.length + 1);
      text = text.slice(0, at) + text.slice(from, from + next(30)) + text.slice(at + span);
    }
  }
  return text;
}

test(`mutated query strings parse or are refused, and what parses has a stable canonical form (seed ${seed})`, () => {
  const next = random(seed);
  let parsed = 0;
  for (let run = 0; run < runs; run += 1) {
    const search = mutate(next);
    try {
      const query = parseQuery("todos", search);
      parsed += 1;
      const form = canonicalSearch(query);
      const again = parseQuery("todos", form);
      if (canonicalSearch(again) !== form) throw new Error(`not idempotent: ${form}`);
      if (run % 10 === 0) expect(normalQuery(again)).toEqual(normalQuery(query));
    } catch (error) {
      if (!(error instanceof QuerySyntaxError) || error.message === "") {
        throw new Error(`seed ${seed}, run ${run}: ${search}`, { cause: error });
      }
    }
  }
  expect(parsed).toBeGreaterThan(runs / 50);
}, 600_000);

const many = (count: number, make: (n: number) => string, separator: string) =>
  Array.from({ length: count }, (_, n) => make(n)).join(separator);

const HOSTILE: readonly (readonly [string, (size: number) => string])[] = [
  ["open quotes", (size) => `or=(${'a.eq."\\",'.repeat(size / 10)}`],
  ["open arrays", (size) => `or=(${"a.eq.{x,".repeat(size / 8)}`],
  ["list elements", (size) => `a=in.(${'"\\",'.repeat(size / 4)}`],
  ["dashes", (size) => `select=${"a-".repeat(size / 2)}`],
  ["blanks", (size) => `select=${"+".repeat(size)}`],
  ["paths", (size) => `select=a${"->1".repeat(size / 3)}x`],
  ["parameters", (size) => "a=eq.1&".repeat(size / 7)],
  ["parameters without a value", (size) => "a&".repeat(size / 2)],
  ["hidden selects", (size) => "a=eq.1&select&".repeat(size / 14)],
  [
    "embeds and their filters",
    (size) =>
      `select=${many(size / 20, (n) => `e${n}()`, ",")}&${many(size / 20, (n) => `e${n}.a=eq.1`, "&")}`,
  ],
  ["percent signs", (size) => `a=eq.${"%25".repeat(size / 3)}`],
  ["words of letters beyond ASCII", (size) => `select=${"é".repeat(size)}(`],
];

test.each(HOSTILE)("time grows with the length only: %s", (_name, make) => {
  // Processor time in milliseconds, which leaves out the machine's other work.
  const now = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  /** The best of five runs, each repeated this many times because the clock is coarse. */
  const time = (size: number, times: number) => {
    const search = make(size);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round += 1) {
      const start = now();
      for (let each = 0; each < times; each += 1) {
        try {
          canonicalSearch(parseQuery("todos", search));
        } catch (error) {
          if (!(error instanceof QuerySyntaxError)) throw error;
        }
      }
      best = Math.min(best, now() - start);
    }
    return best;
  };
  time(8_000, 1);
  // Fifty times the length: quadratic time would take fifty times as long. The margin is for garbage collection.
  expect(time(400_000, 1)).toBeLessThan(12 * Math.max(time(8_000, 50), 10));
});

// PostgREST's own spec suite is no part of this repository: name a JSON file of [url, spec file] pairs.
const specUrls = process.env.POSTGREST_SPEC_URLS;

test.skipIf(specUrls === undefined)(
  "every query URL of PostgREST's spec suite parses or is refused by name",
  () => {
    const pairs = JSON.parse(readFileSync(specUrls ?? "", "utf8")) as [string, string][];
    let refused = 0;
    for (const [url] of pairs) {
      const mark = url.indexOf("?");
      const relation = decodeURIComponent(url.slice(1, mark));
      try {
        const query = parseQuery(relation, url.slice(mark + 1));
        const form = canonicalSearch(query);
        expect(canonicalSearch(parseQuery(relation, form))).toBe(form);
        expect(normalQuery(parseQuery(relation, form))).toEqual(normalQuery(query));
      } catch (error) {
        if (!(error instanceof QuerySyntaxError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeLessThan(pairs.length / 20);
  },
);
