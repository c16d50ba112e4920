import { describe, expect, test } from "vitest";
import { blog } from "../../../testing/blog/schema.ts";
import type { Declared, Footprint } from "../footprint/footprint.ts";
import { footprintOf } from "../footprint/footprint-of.ts";
import { Work } from "../predicate/work.ts";
import { parseQuery } from "../query/parse.ts";
import type { Change } from "../row/change.ts";
import { verdictOn } from "../verdict/verdict.ts";
import { type Window, windowOf } from "../verdict/window.ts";
import { FootprintIndex } from "./footprint-index.ts";
import type { IndexBucket } from "./index-bucket.ts";

// soundness.test.ts shows that the index and the verdict agree on thousands of random queries.

const declared: Declared = { tables: new Set(blog.keys()), dependsOn: new Map() };

function footprint(relation: string, search: string, schema: typeof blog | undefined = blog): Footprint {
  const result = footprintOf(
    { schema: "public", relation, search },
    parseQuery(relation, search),
    declared,
    schema,
  );
  if (!("footprint" in result)) throw new Error(result.bypass);
  return result.footprint;
}

const insertPost = (id: string, userId: string): Change => ({
  kind: "row",
  operation: "INSERT",
  relation: "public.posts",
  record: { id, user_id: userId, title: '"x"' },
});

function filled(
  count: number,
  search: (n: number) => readonly [string, string],
  schema?: typeof blog,
): FootprintIndex {
  const index = new FootprintIndex();
  for (let n = 1; n <= count; n += 1) index.add(n, footprint(...search(n), schema));
  return index;
}

describe("the cost of a change grows with the queries near it, not with the registered ones", () => {
  test.each([
    ["equality", (n: number) => ["posts", `id=eq.${n}`] as const, 1],
    ["several equalities together", (n: number) => ["posts", `user_id=eq.5&id=eq.${n}`] as const, 1],
    ["in", (n: number) => ["posts", `id=in.(${n},${n + 10_000})`] as const, 1],
    [
      "an embed, through the parent's filter",
      (n: number) => ["users", `select=*,posts(*)&id=eq.${n}`] as const,
      1,
    ],
  ])("%s: as many verdicts at 10 queries as at 3,000", (_name, search, verdicts) => {
    for (const count of [10, 3_000]) {
      const index = filled(count, search, blog);
      expect(index.shapes).toBe(1);
      const before = index.judged;
      expect([...index.affected(insertPost("5", "5"))]).toEqual([5]);
      expect(index.judged - before).toBe(verdicts);
    }
  });

  test("without a schema, by the JSON of numbers and UUIDs", () => {
    const index = filled(1_000, (n) => ["posts", `id=eq.${n}`]);
    expect([...index.affected(insertPost("5", "5"))]).toEqual([5]);
    expect(index.judged).toBe(1);
    expect([...index.affected(insertPost('"five"', "5"))]).toHaveLength(1_000);
  });

  test("embeds without such a filter are found through the rows that their answers show", () => {
    const index = filled(
      1_000,
      (n) => ["users", `select=id,posts(id)&born=lt.20${10 + (n % 80)}-01-01`],
      blog,
    );
    for (let n = 1; n <= 1_000; n += 1) {
      const print = footprint("users", `select=id,posts(id)&born=lt.20${10 + (n % 80)}-01-01`);
      const window = windowOf(print, `[{"id":${n},"posts":[]}]`);
      if (window === undefined) throw new Error("no window");
      index.setWindow(n, window);
    }
    expect([...index.affected(insertPost("1", "5"))]).toEqual([5]);
    expect(index.judged).toBe(1);
    index.dropWindow(7);
    expect([...index.affected(insertPost("1", "5"))].sort()).toEqual([5, 7]);
  });
});

test("queries of one shape that are added and removed leave nothing behind", () => {
  const index = filled(50, (n) => ["posts", `id=eq.${n}`], blog);
  index.add(5, footprint("posts", "id=eq.77"));
  expect([...index.affected(insertPost("5", "1"))]).toEqual([]);
  expect([...index.affected(insertPost("77", "1"))]).toEqual([5]);
  expect(index.shapes).toBe(1);
  for (let n = 1; n <= 50; n += 1) index.delete(n);
  expect(index.size).toBe(0);
  expect(index.shapes).toBe(0);
  expect([...index.affected({ kind: "flush", relation: "public.posts" })]).toEqual([]);
});

test("what was only weighed is not there, and what is added after it is itself", () => {
  const index = new FootprintIndex();
  const [users, posts] = [footprint("users", "select=id"), footprint("posts", "id=eq.5")];
  const alone = index.weigh(posts);
  index.weigh(users);
  index.add(1, posts);
  expect(index.shapes).toBe(1);
  expect([...index.affected(insertPost("5", "1"))]).toEqual([1]);
  expect([...index.affected({ kind: "flush", relation: "public.users" })]).toEqual([]);
  index.add(2, users);
  expect([...index.affected({ kind: "flush", relation: "public.users" })]).toEqual([2]);
  index.weigh(posts);
  index.delete(1);
  index.add(3, footprint("posts", "id=eq.6"));
  expect([...index.affected(insertPost("6", "1"))]).toEqual([3]);
  expect(index.weigh(posts)).toEqual(alone);
});

test("an answer's window is the same by the index as by the footprint", () => {
  const index = new FootprintIndex();
  const print = footprint("users", "select=id,posts(id)&order=id&limit=2");
  index.add(1, print);
  const [body, range] = ['[{"id":1,"posts":[{"id":4}]},{"id":2,"posts":[]}]', "0-1/57"];
  expect(index.windowIn(1, body, range)).toEqual(windowOf(print, body, range));
  expect(index.windowIn(1, body, range)).toMatchObject({ rows: 2 });
  expect(index.windowIn(2, body)).toBeUndefined();
});

test("a row that joins nothing shown may still admit a parent", () => {
  const index = new FootprintIndex();
  const print = footprint("users", "select=id,posts!inner(id)");
  index.add(1, print);
  const window = windowOf(print, '[{"id":1,"posts":[{"id":4}]}]');
  if (window === undefined) throw new Error("no window");
  index.setWindow(1, window);
  expect([...index.affected(insertPost("5", "2"))]).toEqual([1]);
});

describe("windows take bounded memory", () => {
  const search = (n: number) => `select=id,posts(id)&born=lt.20${10 + (n % 80)}-01-01`;
  const show = (index: FootprintIndex, n: number) => {
    const window = windowOf(footprint("users", search(n)), `[{"id":${n},"posts":[]}]`);
    if (window !== undefined) index.setWindow(n, window);
  };
  test("equal lists are stored once, but each part has its own places under its keys", () => {
    const search = (embeds: number) =>
      `select=id,${Array.from({ length: embeds }, (_, at) => `a${at}:posts(id)`).join()}`;
    const bytes = [1, 10].map((embeds) => {
      const of = footprint("users", search(embeds));
      const lists = Object.fromEntries(Array.from({ length: embeds }, (_, at) => [`a${at}`, []]));
      const rows = Array.from({ length: 200 }, (_, id) => ({ id, ...lists }));
      const index = new FootprintIndex();
      index.add(1, of);
      const window = windowOf(of, JSON.stringify(rows));
      if (window) index.setWindow(1, window);
      return index.windowBytes;
    });
    // Nine parts more, with 200 places each.
    expect((bytes[1] ?? 0) - (bytes[0] ?? 0)).toBeGreaterThan(9 * 200 * 40);
  });

  test("beyond the cap the oldest windows are dropped, and every row is checked against their queries again", () => {
    const index = new FootprintIndex({ maxWindowBytes: 20_000 });
    for (let n = 1; n <= 1_000; n += 1) {
      index.add(n, footprint("users", search(n)));
      show(index, n);
      expect(index.windowBytes).toBeLessThanOrEqual(20_000);
    }
    expect(index.windowOf(1)).toBeUndefined();
    expect(index.windowOf(1_000)).toBeDefined();
    const affected = [...index.affected(insertPost("1", "1000"))];
    expect(affected).toContain(1);
    expect(affected).toContain(1_000);
    expect(affected).not.toContain(999);
    for (let n = 1; n <= 1_000; n += 1) index.delete(n);
    expect(index.windowBytes).toBe(0);
  });
  test("a replaced or dropped window no longer counts, and one that is too large is not stored", () => {
    const index = new FootprintIndex({ maxWindowBytes: 10_000 });
    index.add(1, footprint("users", search(1)));
    show(index, 1);
    const bytes = index.windowBytes;
    show(index, 1);
    expect(index.windowBytes).toBe(bytes);
    index.dropWindow(1);
    expect(index.windowBytes).toBe(0);
    const keys = Array.from({ length: 250 }, (_, n) => String(n));
    index.setWindow(1, { rows: 250, isComplete: true, keys: { 0: keys }, shown: {} });
    expect(index.windowOf(1)).toBeUndefined();
    expect(index.windowBytes).toBe(0);
  });
  test("an answer with very many or very long keys stores none of them", () => {
    const print = footprint("users", search(1));
    const body = (ids: readonly (string | number)[]) => JSON.stringify(ids.map((id) => ({ id, posts: [] })));
    const many = windowOf(print, body(Array.from({ length: 257 }, (_, n) => n)));
    expect([many?.rows, many?.keys, many?.shown]).toEqual([257, {}, { 0: [] }]);
    const posts = footprint("tags", "select=id,name,post_tags(post_id)&order=name,id&limit=1");
    const long = windowOf(posts, JSON.stringify([{ id: 1, name: "x".repeat(300), post_tags: [] }]));
    expect(long?.last).toBeUndefined();
    const labels = footprint("labels", "select=name,kind,note");
    const label = (name: string) => windowOf(labels, JSON.stringify([{ name, kind: "a", note: "b" }]))?.shown;
    expect(label("x".repeat(300))).toEqual({});
    expect(label("x")).toEqual({ 0: ['["x","a"]'] });
  });
});

test("a flush, or a change without its row, touches every query of the relation", () => {
  const index = filled(50, (n) => ["posts", `id=eq.${n}`], blog);
  expect([...index.affected({ kind: "flush", relation: "public.posts" })]).toHaveLength(50);
  const record = { id: "1" };
  expect([
    ...index.affected({ kind: "row", operation: "UPDATE", relation: "public.posts", record }),
  ]).toHaveLength(50);
});

test("I7. parts that are looked up by the same columns are each looked up in their own way", () => {
  const columns = ["fk", "x"];
  const join = {
    path: ["a"],
    columns: ["fk"],
    outputs: ["id"],
    types: ["int4"],
    influence: "none",
    admitsAgain: false,
  };
  const parts = [
    {
      ...{
        relations: ["public.t"],
        where: [],
        columns: [...columns, "name"],
        fixed: [...columns, "name"],
        floats: ["x"],
      },
      ...{ placing: { columns, fixed: columns }, join },
    },
    { relations: ["public.t"], where: [], columns, fixed: columns, floats: ["x"] },
  ];
  const footprint = { relations: ["public.t"], caveats: [], shape: JSON.stringify({ parts }), literals: [] };
  const window = { rows: 1, isComplete: true, keys: { 0: ["1"] }, shown: {} } as unknown as Window;
  const index = new FootprintIndex();
  index.add(1, footprint);
  index.setWindow(1, window);
  // A zero may have become a negative zero: the same value with another text.
  const change: Change = {
    ...{ kind: "row", operation: "UPDATE", relation: "public.t" },
    ...{ old: { fk: "7", name: '"a"', x: "0" }, record: { fk: "7", name: '"b"', x: "0" } },
  };
  expect(verdictOn(footprint, change, window).affected).toBe(true);
  expect([...index.affected(change)]).toEqual([1]);
});

test("I7. the queries that a change may concern include all it affects, and are found without verdicts", () => {
  const index = filled(300, (n) => ["posts", n % 3 === 0 ? `title=like.*${n}*` : `user_id=eq.${n}`]);
  const taken = new Set<IndexBucket>();
  const all = new Set<number>();
  for (let user = 1; user <= 20; user++) {
    const change = insertPost("1", String(user));
    if (change.kind !== "row") throw new Error("not a row");
    const found = new Set<number>();
    index.concerned(change, new Work(), found, new Set());
    expect([...index.affected(change)].every((id) => found.has(id))).toBe(true);
    expect([...found].filter((id) => id % 3 !== 0)).toEqual(user % 3 === 0 ? [] : [user]);
    index.concerned(change, new Work(), all, taken);
    expect([...found].every((id) => all.has(id))).toBe(true);
  }
});
