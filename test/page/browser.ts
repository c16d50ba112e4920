import { existsSync } from "node:fs";
import axe from "axe-core";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { VIEWS as TITLES } from "../../page/src/route.ts";
import { ADMIN_SECRET } from "../../testing/gateway/stack.ts";
import { PATIENCE_MS, until } from "../../testing/patience.ts";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** A Chromium of this machine; `CHROMIUM` names one. Without one these tests are left out, except in CI. */
export const CHROMIUM = process.env.CHROMIUM || PLACES.find((path) => existsSync(path));

if (CHROMIUM === undefined) {
  if (process.env.CI) throw new Error("There is no Chromium: install one, or set CHROMIUM to its path");
  console.warn(
    "There is no Chromium, so the page is not tried in a browser. Set CHROMIUM to the path of one.",
  );
}

/** A page, and what it has done. */
export interface Visit {
  readonly page: Page;
  /** Addresses of all requests. */
  readonly requests: string[];
  /** What the page has thrown, and what the browser has complained about. */
  readonly complaints: string[];
}

/** A browser for the tests of a file. A page that a test visits is closed with it, so that none goes on asking behind the next one. */
export function browser(): { visit(url: string, options?: BrowserContextOptions): Promise<Visit> } {
  let running: Browser | undefined;
  let visited: BrowserContext[] = [];
  beforeAll(async () => {
    // Chromium's sandbox needs rights that a container's root has not; the pages here are this repository's own.
    running = await chromium.launch({
      executablePath: CHROMIUM ?? "",
      args: ["--no-sandbox"],
      timeout: PATIENCE_MS,
    });
  });
  afterAll(() => running?.close());
  // What was visited before the first test is for all of them.
  beforeEach(() => {
    visited = [];
  });
  afterEach(async () => {
    for (const context of visited) {
      // A request that is still being answered by a route of the test must not fail it.
      for (const page of context.pages()) await page.unrouteAll({ behavior: "ignoreErrors" });
      await context.close();
    }
  });
  return {
    async visit(url, options = {}) {
      const context = await running?.newContext(options);
      if (context === undefined) throw new Error("The browser has not started");
      visited.push(context);
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      const visit: Visit = { page, requests: [], complaints: [] };
      page.on("request", (request) => visit.requests.push(request.url()));
      page.on("pageerror", (error) => visit.complaints.push(error.message));
      page.on("console", (line) => {
        if (line.type() === "error" || line.type() === "warning") visit.complaints.push(line.text());
      });
      await page.goto(url);
      return visit;
    },
  };
}

export const pageUrl = (gateway: string, view = "") =>
  `${gateway}/_tidemark/${view === "" ? "" : `#${view}`}`;

export async function signIn(page: Page, secret = ADMIN_SECRET): Promise<void> {
  await page.getByLabel("Admin secret").fill(secret);
  await page.getByRole("button", { name: "Open" }).click();
}

/** Chooses a view by its name in the menu, and waits for its heading. */
export async function show(page: Page, view: string): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name: view, exact: true }).click();
  await page.getByRole("heading", { level: 1, name: view, exact: true }).waitFor();
}

/** Waits until nothing is being loaded any more. */
export async function settled(page: Page): Promise<void> {
  await until("all is loaded", async () => (await page.getByText(/^Loading /).count()) === 0);
}

/** The text of a figure, by its name. */
export function figure(page: Page, name: string) {
  return page.locator(".figure", { has: page.getByText(name, { exact: true }) }).locator(".value");
}

/** The cells of the row that begins with this text. */
export async function cells(page: Page, table: string, row: string): Promise<readonly string[]> {
  const found = page
    .getByRole("table", { name: table })
    .getByRole("row")
    .filter({
      has: page.getByRole("rowheader", { name: row, exact: true }),
    });
  return (await found.first().getByRole("cell").allTextContents()).map((text) => text.trim());
}

export const VIEWS = Object.values(TITLES);

/** What axe finds, as text. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, which no policy binds: as a script of the page it would be refused.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
    );
  });
}
