import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMIN_SECRET, type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { browser, CHROMIUM, cells, figure, pageUrl, show, signIn, type Visit } from "./browser.ts";

const number = (value: number) => value.toLocaleString("en-US");
const article = (id: number) => `/rest/v1/articles?select=id,title,views&id=eq.${id}`;

describe.skipIf(CHROMIUM === undefined)("the page, over a gateway that is read", () => {
  const { visit } = browser();
  let stack: Stack;
  let page: Visit["page"];

  beforeAll(async () => {
    stack = await startStack({ changes: "pulled", entry: workers.precise });
    for (const id of [1, 2, 3]) for (let n = 0; n < 4; n++) await stack.read(article(id));
    await stack.read("/rest/v1/nowhere?select=id");
    await stack.read(article(1), { headers: { cookie: "a=b" } });
    ({ page } = await visit(pageUrl(stack.gateway.url)));
    await signIn(page);
    await page.getByRole("heading", { level: 1, name: "Now" }).waitFor();
  });

  afterAll(() => stack?.stop());

  const stats = () =>
    until("the keeper answers", async () => {
      const { status, json } = await stack.admin("stats");
      return status === 200 && json;
    });
  /**
   * Until the page shows what `stats` counts, which takes a turn of its polling at most. Both are asked each time, because some
   * counters rise by themselves: bodies are written to KV later, and answers are compared when they are refilled.
   */
  const shows = async (
    read: () => Promise<unknown>,
    // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it.
    expected: (counted: any) => unknown,
  ) =>
    expect
      .poll(async () => {
        const counted = await stats();
        return { shown: await read(), counted: expected(counted) };
      })
      .toSatisfy(({ shown, counted }) => isDeepStrictEqual(shown, counted));

  it("shows what stats counts", async () => {
    expect((await stats()).hits).toBeGreaterThan(0);
    for (const [outcome, name] of [
      ["hits", "Hits"],
      ["misses", "Misses"],
      ["bypasses", "Bypasses"],
      ["errors", "Errors"],
    ] as const) {
      const reads = async () => (await cells(page, "Reads by outcome", name))[1];
      await shows(reads, (counted) => number(counted[outcome]));
    }
    await shows(
      () => figure(page, "Hit ratio").textContent(),
      ({ hitRatio }) => `${(hitRatio * 100).toFixed(1)} %`,
    );
    await shows(
      () => figure(page, "Spent").textContent(),
      ({ kvBudget: { spent, perDay } }) => `${number(spent)} of ${number(perDay)}`,
    );
  });

  it("rises while somebody reads", async () => {
    await show(page, "Now");
    const before = (await stats()).hits;
    for (let n = 0; n < 10; n++) await stack.read(article(2));
    await until("the page has counted on", async () => {
      const [, hits = ""] = await cells(page, "Reads by outcome", "Hits");
      return Number(hits.replaceAll(",", "")) > before;
    });
    await until("it says how often a second", async () =>
      /\d/.test((await figure(page, "Reads a second").textContent()) ?? ""),
    );
  });

  it("lists tables with their bypasses by reason", async () => {
    await show(page, "Tables");
    const row = async () => {
      const [, shown, , ...rest] = await cells(page, "Reads by table", "public.articles");
      return [shown, rest[0], rest[1], rest[4]];
    };
    await shows(row, ({ tables }) => {
      const { hits, stale, misses, bypasses, invalidations } = tables["public.articles"];
      return [hits + stale, misses, bypasses.cookie, invalidations].map(number);
    });
    const other = page.getByRole("rowheader", { name: "all that are not configured" });
    expect(await other.count()).toBe(1);
    await page.getByRole("button", { name: "public.articles", exact: true }).click();
    const details = page.locator("tr.details");
    await details.getByText("a Cookie header").waitFor();
    await details.getByText("A read of the whole table has no caveat").waitFor();
  });

  it("finds a query, says what it depends on, and purges it", async () => {
    await show(page, "Queries");
    await page.getByLabel("Search").fill("id=eq.3");
    await until("one is left", async () => (await page.locator("button.disclose").count()) === 1);
    const { entries } = (await stack.admin("entries?search=id%3Deq.3")).json;
    expect(entries).toHaveLength(1);
    const [reads, fills] = await cells(page, "Registered queries", article(3));
    expect([reads, fills]).toEqual([number(entries[0].reads), number(entries[0].fills)]);
    await page.getByRole("button", { name: article(3), exact: true }).click();
    await page.getByText(entries[0].footprint, { exact: true }).waitFor();
    await page.getByText(entries[0].shared, { exact: true }).waitFor();
    await until("it is a hit", async () => /; hit/.test((await stack.read(article(3))).cacheStatus));
    await page.getByRole("button", { name: `Purge ${article(3)}` }).click();
    await page.getByText("Purged 1 query.").waitFor();
    expect((await stack.read(article(3))).cacheStatus).toMatch(/; fwd=/);
    await page.getByRole("button", { name: `Warm ${article(3)}` }).click();
    await page.getByText(/Read as anybody would: tidemark;/).waitFor();
  });

  it("says of a search that finds nothing that it found nothing", async () => {
    await page.getByLabel("Search").fill("no such query");
    await page.getByText("No query contains “no such query”.").waitFor();
    await page.getByLabel("Search").fill("");
  });

  it("purges everything, but asks before", async () => {
    await page.getByRole("button", { name: "Purge everything" }).click();
    await page.getByRole("button", { name: "No", exact: true }).click();
    const { total } = (await stack.admin("entries")).json;
    await page.getByRole("button", { name: "Purge everything" }).click();
    await page.getByRole("button", { name: "Yes", exact: true }).click();
    await page.getByText(`Purged ${total} queries.`).waitFor();
  });

  it("explains a line of supabase-js, and what a change would do", async () => {
    await show(page, "Try one");
    await page
      .getByLabel("A URL, a path, or a line")
      .fill(`supabase.from("articles").select("id").eq("id", 7)`);
    await page.getByText("What would a change do?").click();
    await page.getByLabel("Table").fill("articles");
    await page.getByLabel("The old row").fill('{"id": 8}');
    await page.getByLabel("The new row").fill('{"id": 8, "views": 1}');
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText("leaves it alone").waitFor();
    const key = "/rest/v1/articles?select=id&id=eq.7 publishable accept-profile:public accept:*/*";
    await page.getByText(key, { exact: true }).waitFor();
    await page.getByLabel("The new row").fill('{"id": 7}');
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText("invalidates it").waitFor();
    await page.getByLabel("A URL, a path, or a line").fill("/rest/v1/nowhere?select=id");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText("the table is not in the configuration").waitFor();
    await page.getByLabel("A URL, a path, or a line").fill(`supabase.from("articles").delete()`);
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("alert").getByText("writes pass, and are never cached").waitFor();
  });

  it("shows a change when it arrives, and what it touched", async () => {
    await stack.read(article(5));
    await show(page, "Changes");
    await stack.supabase.db.query("update articles set views = views + 1 where id = 5");
    // A read that needs a proof makes the keeper pull.
    await until("the change is pulled", async () => {
      await stack.read(article(5), { headers: { "cache-control": "no-cache" } });
      return (await stack.admin("changes")).json.changes.some(
        ({ row }: { row: object }) => row && "id" in row,
      );
    });
    const row = page.getByRole("row").filter({ hasText: "id=5" });
    await row.first().waitFor();
    expect(await row.first().textContent()).toContain("public.articles");
    await row.first().getByRole("button").click();
    await page.getByText(article(5)).waitFor();
  });

  it("says how right sampled answers were", async () => {
    await show(page, "Audit");
    await shows(
      () => figure(page, "Sampled answers that were right").textContent(),
      ({ auditRight, auditDifferences }) => {
        const sampled = auditRight + auditDifferences;
        return sampled === 0 ? "–" : `${number(auditRight)} of ${number(sampled)}`;
      },
    );
    await page.getByText("No wrong answer was found.").waitFor();
  });

  it("is well, and says so", async () => {
    await show(page, "Health");
    await shows(
      () => figure(page, "Queries registered").textContent(),
      ({ keys }) => number(keys),
    );
    const state = async (what: string) => (await cells(page, "Checks", what))[0];
    // A keeper that took a second to answer is well by the next look.
    await expect
      .poll(() => Promise.all(["Keeper", "Schema", "Changes", "Audit"].map(state)))
      .toEqual(["✓ well", "✓ well", "✓ well", "✓ well"]);
  });

  it("switches to shadow and back", async () => {
    await show(page, "Mode");
    await page.getByRole("radio", { name: /^shadow/ }).check();
    await page.getByRole("button", { name: "Switch to shadow" }).click();
    await page.getByText("The mode is shadow.").waitFor();
    expect((await stats()).mode).toBe("shadow");
    await page.getByRole("link", { name: "Mode: shadow" }).waitFor();
    await page.getByRole("radio", { name: /^on/ }).check();
    await page.getByRole("button", { name: "Switch to on" }).click();
    await page.getByText("The mode is on.").waitFor();
    expect((await stats()).mode).toBe("on");
  });

  it("keeps the figures while it is paused", async () => {
    await show(page, "Now");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused at").waitFor();
    expect(await page.getByRole("button", { name: "Pause" }).getAttribute("aria-pressed")).toBe("true");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Admin secret").waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    expect(await page.content()).not.toContain(ADMIN_SECRET);
  });
});
