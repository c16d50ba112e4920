import { afterAll, beforeAll, expect, test } from "vitest";
import { GatewayBench } from "../testing/gateway-bench.ts";

let bench: GatewayBench;

beforeAll(async () => {
  bench = await GatewayBench.start();
});

afterAll(() => bench?.stop());

/** How the reads since the last report ended, by table. */
function ends() {
  const { counts, detailed } = bench.reporter.take() ?? {};
  return {
    counts,
    tables: detailed?.tables,
    waits: detailed?.waits.counts.reduce((sum, count) => sum + count, 0),
  };
}

test("a read that the origin fails and an older answer saves is counted once, as stale", async () => {
  await bench.read("bookmarks?select=id", null);
  ends();
  bench.keeper.mark++;
  bench.keeper.fill = async () => {
    throw new Error("the object was reset");
  };
  bench.status = 500;
  const strict = { "cache-control": "no-cache" };
  expect((await bench.read("bookmarks?select=id", null, strict)).how).toBe("hit; detail=stale-if-error");
  const counted = ends();
  expect(counted.tables).toEqual({ "public.bookmarks": { "stale:stale-if-error": 1, origin: 1 } });
  expect(counted.counts).toMatchObject({ stale: 1, bypasses: 0, originRequests: 1 });
  expect(counted.waits).toBe(1);
});

test("one that nothing saves is a bypass, of the table that was asked for", async () => {
  expect((await bench.read("articles?select=id", null)).status).toBe(500);
  expect(ends().tables).toEqual({ "public.articles": { "bypass:keeper-failed": 1, origin: 1 } });
  await bench.read("nowhere?select=id", null);
  expect(ends().tables).toEqual({ other: { "bypass:table-not-configured": 1, origin: 1 } });
});
