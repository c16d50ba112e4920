import { expect, test } from "vitest";
import { ENDS_COUNTED, ReadEnds, sumsOf, TABLES_COUNTED } from "./read-ends.ts";

test("counts by table and end, and adds up", () => {
  const ends = new ReadEnds(["public.a", "public.b"]);
  ends.take({ "public.a": { "hit:memory": 2, "bypass:cookie": 1, "signed-in": 1 } });
  ends.take({ "public.a": { "hit:kv": 1, origin: 3 }, "public.b": { "stale:revalidating": 4 } });
  ends.add("public.b", "invalidated", 7);
  const tables = ends.tables();
  expect(tables["public.a"]).toEqual({
    ...{ hits: 3, stale: 0, misses: 0, errors: 0, signedInHits: 1, originRequests: 3, invalidations: 0 },
    bypasses: { cookie: 1 },
    outcomes: { "hit:memory": 2, "hit:kv": 1 },
  });
  expect(tables["public.b"]).toMatchObject({ stale: 4, invalidations: 7 });
  expect(sumsOf(tables)).toEqual({
    bypassReasons: { cookie: 1 },
    details: { memory: 2, kv: 1, revalidating: 4 },
  });
});

test("outlives a restart", () => {
  const ends = new ReadEnds(["public.a"]);
  ends.take({ "public.a": { "miss:uri-miss": 2 }, nowhere: { "bypass:table-not-configured": 1 } });
  ends.add("public.a", "invalidated", 3);
  const next = new ReadEnds(["public.a"], JSON.parse(JSON.stringify(ends)));
  expect(next.tables()).toEqual(ends.tables());
});

test("I11. whatever is reported, tables and ends are bounded, and nothing that was counted is lost", () => {
  const ends = new ReadEnds(Array.from({ length: 2 * TABLES_COUNTED }, (_, n) => `public.t${n}`));
  const strange = [
    "hit:",
    "hit:Memory",
    "<script>",
    "bypass:a b",
    "bypass:ä",
    "__proto__",
    "hit:a:b",
    "bypass:constructor",
  ];
  for (let n = 0; n < 2_000; n++) {
    ends.take({ [`public.t${n}`]: { [`bypass:reason-${n}`]: 1, [strange[n % strange.length] ?? ""]: 1 } });
  }
  const tables = ends.tables();
  expect(Object.keys(tables).length).toBeLessThanOrEqual(TABLES_COUNTED + 1);
  const { bypassReasons, details } = sumsOf(tables);
  expect(Object.keys(bypassReasons).length).toBeLessThanOrEqual(ENDS_COUNTED + 1);
  const sum = (counts: object) =>
    Object.values(counts).reduce((all: number, count: number) => all + count, 0);
  expect(sum(bypassReasons) + sum(details)).toBe(4_000);
  for (const name of [...Object.keys(bypassReasons), ...Object.keys(details)])
    expect(name).toMatch(/^[a-z0-9-]+$/);
});

test("leaves out what is no count", () => {
  const ends = new ReadEnds(["a.b"]);
  for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "1" as never]) {
    ends.take({ "a.b": { "hit:memory": count } });
  }
  expect(ends.tables()).toEqual({});
});
