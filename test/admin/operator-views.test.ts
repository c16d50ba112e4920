import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stack, startStack } from "../../testing/gateway/stack.ts";

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;
const STRICT = { headers: { "cache-control": "no-cache" } };

let stack: Stack;

// A bound of an hour: the keeper pulls when a strict read asks for it.
beforeAll(async () => {
  const config = { tables: { articles: { freshness: "1h", ttl: "1d" } } } as const;
  stack = await startStack({ config, changes: "pulled" });
});

afterAll(() => stack?.stop());

it("a change shows with its row, how late it came, what it touched and why", async () => {
  await stack.read(article(5));
  await stack.read(article(6));
  await stack.supabase.db.query(
    "update articles set views = views + 1, title = 'a secret title' where id = 5",
  );
  await stack.read(article(7), STRICT);
  const { changes } = (await stack.admin("changes")).json;
  expect(changes[0]).toMatchObject({
    relation: "public.articles",
    operation: "UPDATE",
    row: { id: "5" },
    lagMs: expect.any(Number),
    invalidated: 1,
    queries: [expect.stringContaining("id=eq.5")],
    rule: "row",
  });
  expect(JSON.stringify(changes)).not.toContain("secret title");
  const { entries } = (await stack.admin("entries?search=id%3Deq.5")).json;
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({
    footprint: expect.stringMatching(/^public\.articles where id = 5 \(columns /),
    shared: "all who show the publishable key",
    invalidations: 1,
    lastInvalidation: { at: changes[0].at, rule: "row", relation: "public.articles" },
  });
  const others = (await stack.admin("entries?search=id%3Deq.6")).json.entries;
  expect(others[0]).toMatchObject({ invalidations: 0, lastInvalidation: null });
});

it("entries come most read first, and the isolate's own counts are among the reads", async () => {
  for (let n = 0; n < 9; n++) await stack.read(article(8));
  await stack.admin("stats");
  const { entries } = (await stack.admin("entries?sort=reads&limit=1")).json;
  expect(entries).toEqual([expect.objectContaining({ path: expect.stringContaining("id=eq.8") })]);
  // Asking for a fill was one read, and what the isolate has told of its hits is another.
  expect(entries[0].reads).toBeGreaterThan(1);
  const all = (await stack.admin("entries?sort=key")).json.entries.map(({ key }: { key: string }) => key);
  expect(all).toEqual(all.toSorted());
});

it("history adds up to what was read", async () => {
  const stats = (await stack.admin("stats")).json;
  for (const span of ["day", "month"]) {
    const { rows, bounds } = (await stack.admin(`history?span=${span}`)).json;
    const sum = (of: string) =>
      rows.reduce((all: number, row: Record<string, number>) => all + (row[of] ?? 0), 0);
    // Refills behind a change may end at any time, so requests to the origin are not compared.
    for (const name of ["hits", "misses", "bypasses", "changes", "invalidations"]) {
      expect(sum(name), name).toBe(stats[name]);
    }
    expect(rows[0].waits).toHaveLength(bounds.waits.length);
    expect(rows[0].lags).toHaveLength(bounds.lags.length);
  }
});
