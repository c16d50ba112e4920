import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, ask, type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { type ParsedFamily, parseOpenMetrics } from "../../testing/open-metrics.ts";

const MOVIE = "/rest/v1/movies?select=id,title&id=eq.1";
const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;

let stack: Stack;

// A bound of an hour: nothing is read again by itself.
beforeAll(async () => {
  stack = await startStack({ entry: workers.patient });
});

afterAll(() => stack?.stop());

async function families(): Promise<ReadonlyMap<string, ParsedFamily>> {
  const answer = await stack.admin("metrics");
  expect(answer.headers.get("content-type")).toBe(
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
  );
  return parseOpenMetrics(answer.body.toString());
}

/** The values of a family's samples, by their labels' values. */
function valuesOf(family: ParsedFamily | undefined): Record<string, number> {
  const samples = family?.samples ?? [];
  return Object.fromEntries(samples.map(({ labels, value }) => [[...labels.values()].join(" "), value]));
}

/** What a client can tell of an answer by its `Cache-Status`, as a read's outcome and detail. */
function endOf({ cacheStatus }: Answer): string {
  const detail = /detail=([\w-]+)/.exec(cacheStatus)?.[1] ?? "";
  if (/; hit/.test(cacheStatus))
    return `${/^(?:memory|verified|colo|kv|keeper)$/.test(detail) ? "hit" : "stale"} ${detail}`;
  if (/fwd=bypass/.test(cacheStatus)) return `bypass ${detail}`;
  if (/collapsed/.test(cacheStatus)) return "miss collapsed";
  return `miss ${/fwd=([\w-]+)/.exec(cacheStatus)?.[1]}`;
}

describe("GET /_tidemark/metrics", () => {
  it("wants the admin's secret", async () => {
    const url = `${stack.gateway.url}/_tidemark/metrics`;
    expect((await ask(url)).status).toBe(401);
    expect((await ask(url, { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
    expect((await ask(url, { method: "POST" })).status).toBe(405);
  });

  it("counts what a client has counted itself, and what `stats` says", async () => {
    await stack.admin("stats/reset", {});
    const counted: Record<string, number> = {};
    let requests = 0;
    async function read(target: string, table: string, headers: Record<string, string> = {}) {
      const answer = await stack.read(target, { headers });
      const end = `${table} ${endOf(answer)}`;
      counted[end] = (counted[end] ?? 0) + 1;
      requests++;
    }
    for (let id = 1; id <= 3; id++) await read(article(id), "public.articles");
    for (let n = 0; n < 30; n++) await read(article((n % 3) + 1), "public.articles");
    await Promise.all(Array.from({ length: 8 }, () => read(MOVIE, "public.movies")));
    await read(MOVIE, "public.movies", { cookie: "a=b" });
    await read(MOVIE, "public.movies", { apikey: "another" });
    for (let n = 0; n < 4; n++) await read("/rest/v1/nowhere", "other");
    await stack.admin("purge", { table: "movies" });
    await read(MOVIE, "public.movies");
    // An answer that is an error of the database is passed on, and counted by its reason.
    await read("/rest/v1/movies?select=nothing", "public.movies");

    const stats = (await stack.admin("stats")).json;
    const byReason: Record<string, number> = {};
    const byTable: Record<string, number> = {};
    for (const [end, count] of Object.entries(counted)) {
      const [table, outcome, detail = ""] = end.split(" ");
      if (outcome === "bypass") byReason[detail] = (byReason[detail] ?? 0) + count;
      const key = outcome === "bypass" ? `${table} bypass ` : end;
      byTable[key] = (byTable[key] ?? 0) + count;
    }
    expect(Object.keys(byReason).sort()).toEqual([
      "cookie",
      "other-key",
      "status-not-cacheable",
      "table-not-configured",
    ]);
    expect(stats.bypassReasons).toEqual(byReason);
    const parsed = await families();
    expect(valuesOf(parsed.get("tidemark_reads"))).toEqual(byTable);
    expect(valuesOf(parsed.get("tidemark_bypasses"))).toEqual(byReason);
    expect(valuesOf(parsed.get("tidemark_invalidations"))).toMatchObject({ "public.movies": 1 });
    expect(valuesOf(parsed.get("tidemark_origin_requests"))).toEqual({ "": stats.originRequests });
    expect(valuesOf(parsed.get("tidemark_mode"))).toEqual({ on: 1, shadow: 0, off: 0 });

    const { hits, stale, misses, bypasses, errors } = stats;
    expect(hits + stale + misses + bypasses + errors).toBe(requests);
    const sum = (of: (table: Record<string, number>) => number) =>
      (Object.values(stats.tables) as Record<string, number>[]).reduce((all, table) => all + of(table), 0);
    expect(sum((table) => table.hits ?? 0)).toBe(hits);
    expect(sum((table) => table.misses ?? 0)).toBe(misses);
    expect(sum((table) => table.originRequests ?? 0)).toBe(stats.originRequests);
    // Each read waited, and each answer from the cache has a proof of some age.
    const countOf = (name: string) =>
      parsed
        .get(name)
        ?.samples.filter((sample) => sample.name === `${name}_count`)
        .reduce((all, { value }) => all + value, 0);
    expect(countOf("tidemark_read_wait_seconds")).toBe(requests);
    expect(countOf("tidemark_proof_age_seconds")).toBe(hits + stale + misses);
    // The requests for this very answer and for `stats` are among them.
    expect(stats.operations.workerRequests).toBeGreaterThanOrEqual(requests);
    expect(stats.operations).toMatchObject({
      keeperCalls: expect.any(Number),
      rowsWritten: expect.any(Number),
      originRequests: stats.originRequests,
    });
    expect(stats.operations.keeperCalls).toBeGreaterThan(0);
    expect(stats.operations.rowsWritten).toBeGreaterThan(0);
    expect(stats.isolates).toBe(1);
  });

  it("tells changes, and how late they were learned of", async () => {
    await stack.admin("stats/reset", {});
    await stack.read(article(5));
    await stack.change("update articles set views = 1 where id = 5");
    const parsed = await families();
    expect(valuesOf(parsed.get("tidemark_changes"))).toEqual({ "": 1 });
    expect(valuesOf(parsed.get("tidemark_invalidations"))["public.articles"]).toBeGreaterThan(0);
  });

  it("I11. has as many time series after a flood of keys, tables and schemas as before it", async () => {
    const series = async () => [...(await families()).values()].flatMap(({ samples }) => samples).length;
    for (const target of [article(1), article(9_000), "/rest/v1/nowhere"]) await stack.read(target);
    await stack.read(article(1));
    const before = await series();
    const targets = Array.from({ length: 100 }, (_, n) => [
      article(10_000 + n),
      `/rest/v1/nowhere${n}?select=id`,
      `/rest/v1/rpc/f${n}`,
    ]).flat();
    await Promise.all(
      targets.map((target, n) => stack.read(target, { headers: { "accept-profile": `s${n % 5}` } })),
    );
    await Promise.all(targets.map((target) => stack.read(target)));
    expect(await series()).toBeLessThanOrEqual(before + 4);
    const text = (await stack.admin("metrics")).body.toString();
    expect(text).not.toContain("nowhere");
    expect(text).not.toContain("10000");
  });
});
