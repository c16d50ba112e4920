import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blog } from "../../../testing/blog/schema.ts";
import type { Declared, Footprint } from "../footprint/footprint.ts";
import { footprintOf } from "../footprint/footprint-of.ts";
import { FootprintIndex } from "../index/footprint-index.ts";
import { parseQuery } from "../query/parse.ts";
import type { Change, Row } from "../row/change.ts";
import { windowOf } from "../verdict/window.ts";
import { Meter } from "./meter.ts";
import { Work } from "./work.ts";

const declared: Declared = { tables: new Set(blog.keys()), dependsOn: new Map() };

function footprint(search: string, schema: typeof blog | undefined = blog): Footprint {
  const read = { schema: "public", relation: "posts", search };
  const result = footprintOf(read, parseQuery("posts", search), declared, schema);
  if (!("footprint" in result)) throw new Error(result.bypass);
  return result.footprint;
}

function indexOf(searches: readonly string[], schema?: typeof blog): FootprintIndex {
  const index = new FootprintIndex();
  for (const [id, search] of searches.entries()) index.add(id, footprint(search, schema));
  return index;
}

const update = (old: Row, record: Row): Change => ({
  kind: "row",
  operation: "UPDATE",
  relation: "public.posts",
  old: { id: "1", ...old },
  record: { id: "1", ...record },
});

/** What a change costs, one query registered. */
function stepsOf(search: string, column: string, source: string): number {
  const work = new Work(new Meter({ perVerdict: Number.POSITIVE_INFINITY }));
  indexOf([search], blog).affected(
    update({ [column]: source, views: "1" }, { [column]: source, views: "2" }),
    work,
  );
  return work.meter.spent;
}

const many = (count: number, each: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => each(at));

describe("the cost of a verdict grows with query and row, not with their product", () => {
  const text = (size: number) => JSON.stringify("a".repeat(size));
  test.each<readonly [string, (size: number) => string, string, (size: number) => string]>([
    ["like, a text", (size) => `title=like.*b${"a".repeat(size)}*`, "title", text],
    ["like, many texts", (size) => `title=like.*${"a*".repeat(size / 2)}b*`, "title", text],
    ["ilike", (size) => `title=ilike.*b${"A".repeat(size)}*`, "title", text],
    [
      "ov",
      (size) => `labels=ov.{${many(size / 4, (at) => `a${at}`)}}`,
      "labels",
      (size) => `[${many(size / 4, (at) => `"b${at}"`)}]`,
    ],
    [
      "cs",
      (size) => `labels=cs.{${many(size / 4, (at) => `a${at}`)}}`,
      "labels",
      (size) => `[${many(size / 4, (at) => `"a${at}"`)}]`,
    ],
    ["in", (size) => `title=not.in.(${many(size / 4, (at) => `a${at}`)})`, "title", text],
    [
      "eq, of jsonb",
      (size) => `meta=eq.[${many(size / 4, (at) => `${at}`)}]`,
      "meta",
      (size) => `[${many(size / 4, (at) => `${at}`)}]`,
    ],
    ["a decimal", (size) => `score=gt.1${"0".repeat(size)}`, "score", (size) => `1${"0".repeat(size)}`],
  ])("%s", (_name, search, column, source) => {
    const small = stepsOf(search(200), column, source(200));
    const large = stepsOf(search(800), column, source(800));
    // Four times the size takes a little over four times the steps, not sixteen times.
    expect(large / small).toBeLessThan(6);
  });
});

test.each<readonly [string, string, string, string]>([
  ["like with _", `title=like.*${"_".repeat(900)}Q1Z*`, "title", JSON.stringify("a".repeat(50_000))],
  [
    "containment in arrays of arrays",
    `meta=cs.[${many(900, (at) => `[${at}]`)}]`,
    "meta",
    `[${many(9_000, (at) => `[-${at + 1}]`)}]`,
  ],
])(
  "I7. a verdict that costs too much is abandoned, and the answer is treated as affected: %s",
  (_name, search, column, source) => {
    const index = indexOf([search, "title=eq.x"], blog);
    const work = new Work();
    const change = update({ [column]: source, views: "1" }, { [column]: source, views: "2" });
    expect([...index.affected(change, work)]).toContain(0);
    expect(work.meter.spent).toBeLessThan(1_000_000);
  },
);

test("evaluation of a condition stops once it is true or false", () => {
  const rest = many(300, (at) => `title.eq.x${at}`).join(",");
  const spent = (search: string) => stepsOf(search, "title", '"t"');
  expect(spent(`or=(title.eq.t,${rest})`) * 10).toBeLessThan(spent(`or=(${rest},title.eq.t)`));
  expect(spent(`and=(title.eq.u,${rest})`)).toBe(spent("and=(title.eq.u,title.eq.x)"));
});

test("what is known of a row is read once for all queries", () => {
  const [one, more] = [1, 50].map((count) => {
    const work = new Work();
    const index = indexOf(
      many(count, (at) => `meta->k=eq.${at}`),
      blog,
    );
    const image = `{"k": -1, "l": [${many(20_000, (at) => String(at))}]}`;
    index.affected(update({ meta: image, views: "1" }, { meta: image, views: "2" }), work);
    return work.meter.spent;
  });
  expect(more ?? 0).toBeLessThan((one ?? 0) * 1.1);
});

describe("I7. with a smaller budget more queries are affected, never fewer", () => {
  const texts = fc.constantFrom("a", "ab", "aaaaaaaaaaaaaaaaaaaaaaaab", "1", "");
  const value = fc.constantFrom("1", "2", "a", "ab", "aaaaaaaaaaaaaaaaaaaaaaaab");
  const test_ = fc.oneof(
    fc
      .tuple(fc.constantFrom("eq", "neq", "gt", "isdistinct"), value)
      .map(([name, each]) => `${name}.${each}`),
    fc.tuple(fc.constantFrom("like", "ilike"), value).map(([name, each]) => `${name}.*${each}_*`),
    fc.array(value, { minLength: 1, maxLength: 5 }).map((all) => `in.(${all})`),
  );
  const number = fc.constantFrom("1", "2", "300");
  const filter = fc.oneof(
    fc.tuple(fc.boolean(), test_).map(([not, each]) => ["title", `${not ? "not." : ""}${each}`] as const),
    number.map((each) => ["views", `gt.${each}`] as const),
    number.map((each) => ["id", `eq.${each}`] as const),
    number.map((each) => ["score", `not.lt.${each}`] as const),
    fc.constantFrom("cs.{a}", "cd.{a,ab}", "not.ov.{a,b}", "eq.{a}").map((each) => ["labels", each] as const),
    fc.constantFrom('cs.{"a":1}', "cd.[1,2]", "eq.1", "not.cs.[[1]]").map((each) => ["meta", each] as const),
    number.map((each) => ["meta->a", `eq.${each}`] as const),
    fc.constantFrom("eq.1", "like.*1*").map((each) => ["meta->a->>b", each] as const),
  );
  const plain = fc
    .array(filter, { maxLength: 3 })
    .map((all) => all.map(([name, each]) => `${name}=${each}`).join("&"));
  const tree = fc
    .tuple(fc.constantFrom("or", "and", "not.or"), fc.array(filter, { minLength: 1, maxLength: 4 }))
    .map(([kind, all]) => `${kind}=(${all.map(([name, each]) => `${name}.${each}`).join(",")})`);
  const page = fc.constantFrom(
    "",
    "&select=id,title&order=id&limit=2",
    "&select=id&order=views,id&limit=2&offset=1&select=id,views",
  );
  const search = fc
    .tuple(fc.oneof(plain, tree), page)
    .map(([where, rest]) => `${where}${rest}`.replace(/^&/, ""));
  const row = fc.record({
    id: number,
    title: fc.oneof(
      texts.map((each) => JSON.stringify(each)),
      fc.constant("null"),
    ),
    views: number,
    score: fc.constantFrom("1.0", "1e3", "null"),
    labels: fc.constantFrom('["a"]', '["a", "b", null]', "[]", "null"),
    meta: fc.constantFrom('{"a": 1}', '{"a": {"b": "1"}}', "[1, [1, 2]]", "null", "1.0"),
  });

  test("whatever is registered and changes (seed 5)", () => {
    fc.assert(
      fc.property(
        fc.array(search, { minLength: 1, maxLength: 8 }),
        fc.array(fc.tuple(row, row), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 2_000 }),
        fc.integer({ min: 0, max: 300 }),
        (searches, rows, isTyped, steps, perVerdict) => {
          const valid = searches.filter((each) => {
            try {
              return footprint(each, isTyped ? blog : undefined) !== undefined;
            } catch {
              return false;
            }
          });
          const index = indexOf(valid, isTyped ? blog : undefined);
          for (const [id, each] of valid.entries()) {
            const window = windowOf(
              footprint(each, isTyped ? blog : undefined),
              '[{"id":1,"title":"a","views":1},{"id":2,"title":"b","views":2}]',
            );
            if (window) index.setWindow(id, window);
          }
          for (const [old, record] of rows) {
            const change = update(old, record);
            const all = index.affected(change);
            const tight = index.affected(change, new Work(new Meter({ perVerdict })));
            for (const id of all) expect(tight).toContain(id);
            // Once the budget is spent some may be missing, and the result says so.
            const work = new Work(new Meter({ steps, perVerdict }));
            const some = index.affected(change, work);
            if (!work.meter.isSpent) for (const id of all) expect(some).toContain(id);
          }
        },
      ),
      { seed: 5, numRuns: 200 },
    );
  });
});
