import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMIN_SECRET, type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { axeFindings, browser, CHROMIUM, pageUrl, settled, show, signIn, VIEWS } from "./browser.ts";

/** The focused element's role and name, as a screen reader says them. The focus may follow a key a moment later: poll it. */
function focused(page: Page) {
  return expect.poll(async () => {
    const snapshot = await page.locator(":focus").ariaSnapshot();
    return (
      snapshot
        .split("\n")[0]
        ?.replace(/^- /, "")
        .replace(/ \[.*|:$/, "") ?? ""
    );
  });
}

describe.skipIf(CHROMIUM === undefined)("the page, without a mouse", () => {
  const { visit } = browser();
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ changes: "pulled", entry: workers.precise });
    for (const id of [1, 2]) await stack.read(`/rest/v1/articles?select=id,title&id=eq.${id}`);
    await stack.supabase.db.query("update articles set views = views + 1 where id = 1");
    await stack.read("/rest/v1/articles?select=id&id=eq.1", { headers: { "cache-control": "no-cache" } });
  });

  afterAll(() => stack?.stop());

  it("is signed in to, walked through and used by keys alone", async () => {
    const { page } = await visit(pageUrl(stack.gateway.url));
    // The field has the focus by itself, once it is there.
    await page.locator("input:focus").waitFor();
    await page.keyboard.type(ADMIN_SECRET);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Now" }).waitFor();

    await page.keyboard.press("Tab");
    await focused(page).toBe('link "Skip to the content"');
    await page.keyboard.press("Enter");
    await focused(page).toBe('heading "Now"');

    await page.keyboard.press("Shift+Tab");
    await page.getByRole("link", { name: "Queries", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Queries" }).waitFor();
    await focused(page).toBe('heading "Queries"');
    expect(await page.getByRole("link", { name: "Queries", exact: true }).getAttribute("aria-current")).toBe(
      "page",
    );
    await expect.poll(() => page.title()).toBe("Queries · Tidemark");

    const query = page.locator("button.disclose").first();
    await query.waitFor();
    await query.focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => query.getAttribute("aria-expanded")).toBe("true");
    await page.keyboard.press("Tab");
    await focused(page).toMatch(/^button "Purge \/rest\/v1\/articles/);
    await page.keyboard.press("Space");
    await page.getByRole("status").getByText("Purged 1 query.").waitFor();
  });

  it("does what is asked twice only when it is said twice", async () => {
    const { page, requests } = await visit(pageUrl(stack.gateway.url, "queries"));
    await signIn(page);
    await page.getByRole("button", { name: "Purge everything" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("group", { name: /^Purge every query/ }).waitFor();
    // Two presses of Enter purge nothing.
    await focused(page).toBe('button "No"');
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Purge everything" }).waitFor();
    expect(requests.filter((url) => url.endsWith("/purge"))).toEqual([]);
  });

  it("sorts a table by its headings, and says so", async () => {
    const { page } = await visit(pageUrl(stack.gateway.url, "tables"));
    await signIn(page);
    const heading = page.getByRole("columnheader", { name: "Table", exact: true });
    await heading.getByRole("button").focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => heading.getAttribute("aria-sort")).toBe("ascending");
    await page.keyboard.press("Enter");
    await expect.poll(() => heading.getAttribute("aria-sort")).toBe("descending");
  });

  it.each(["light", "dark"] as const)("has nothing that axe objects to, %s", async (colorScheme) => {
    const { page } = await visit(pageUrl(stack.gateway.url), { colorScheme });
    await page.getByLabel("Admin secret").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await signIn(page);
    await page.getByRole("heading", { level: 1, name: "Now" }).waitFor();
    for (const view of VIEWS) {
      await show(page, view);
      await settled(page);
      const first = page.locator("button.disclose").first();
      if (await first.isVisible()) await first.click();
      expect(await axeFindings(page), view).toEqual([]);
    }
  });

  it("needs no sideways scrolling on a phone", async () => {
    const { page } = await visit(pageUrl(stack.gateway.url), { viewport: { width: 360, height: 740 } });
    await signIn(page);
    for (const view of VIEWS) {
      await show(page, view);
      await settled(page);
      const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(widths[0], view).toBeLessThanOrEqual(widths[1] ?? 0);
    }
  });
});
