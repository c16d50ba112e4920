import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway } from "../../demo/workerd.ts";
import { type Stack, settings, startStack, workers } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { browser, CHROMIUM, pageUrl, show, signIn, type Visit } from "./browser.ts";

describe.skipIf(CHROMIUM === undefined)("the page, when something is missing", () => {
  const { visit } = browser();
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ entry: workers.faulty });
  });

  afterAll(() => stack?.stop());

  const faults = (keeper: "throw" | null) =>
    fetch(`${stack.gateway.url}/__test/faults`, { method: "POST", body: JSON.stringify({ keeper }) });

  async function opened(view = ""): Promise<Visit> {
    const visited = await visit("about:blank");
    await visited.page.clock.install();
    await visited.page.goto(pageUrl(stack.gateway.url, view));
    await signIn(visited.page);
    await visited.page.getByRole("button", { name: "Sign out" }).waitFor();
    return visited;
  }

  /** Lets the time pass until the page asks again. */
  const asksAgain = ({ clock }: Visit["page"]) => clock.fastForward(5_000);

  it("says of what is empty that it is, and how it fills", async () => {
    const { page } = await opened();
    await page.getByText("No whole minute yet").waitFor();
    await page.getByText("Counted for less than five minutes").waitFor();
    await show(page, "Queries");
    await page.getByText("No query is registered yet.").waitFor();
    await show(page, "Changes");
    await page.getByText("None yet.").waitFor();
    await show(page, "Audit");
    await page.getByText("none has been sampled yet").waitFor();
  });

  it("tells whoever opens it which setting is wrong, and asks for no secret that would open nothing", async () => {
    const gateway = await startGateway({
      entry: workers.plain,
      env: { ...settings("http://127.0.0.1:1"), SUPABASE_PUBLISHABLE_KEY: "sb_secret_of_the_project" },
      onLog: () => {},
    });
    try {
      const { page, complaints } = await visit(pageUrl(gateway.url));
      const trouble = page.getByRole("alert");
      await trouble.getByText("SUPABASE_PUBLISHABLE_KEY is a secret key").waitFor();
      expect(await trouble.textContent()).toContain(
        "Set SUPABASE_PUBLISHABLE_KEY to the key that browsers use",
      );
      expect(await page.content()).not.toContain("sb_secret_of_the_project");
      expect(await page.getByLabel("Admin secret").count()).toBe(0);
      expect(complaints).toEqual([]);
    } finally {
      await gateway.stop();
    }
  });

  it("says what is being loaded", async () => {
    const visited = await visit(pageUrl(stack.gateway.url));
    const { page } = visited;
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    await page.route("**/_tidemark/stats", async (route) => {
      await answered;
      await route.continue();
    });
    await signIn(page);
    await page.getByRole("status").getByText("Loading the counters").waitFor();
    answer();
    await page.getByText("Reads by outcome").first().waitFor();
  });

  it("says that the keeper does not answer, keeps what it knew, and gets well by itself", async () => {
    const { page } = await opened();
    await page.getByRole("heading", { name: "Reads by outcome" }).waitFor();
    await faults("throw");
    await asksAgain(page);
    const trouble = page.getByRole("alert");
    await trouble.getByText("The keeper does not answer").waitFor();
    expect(await trouble.textContent()).toMatch(/Reads still work.*What stands below is of \d\d:\d\d:\d\d/);
    expect(await page.getByRole("heading", { name: "Reads by outcome" }).isVisible()).toBe(true);
    await page.getByRole("link", { name: "Degraded" }).click();
    await faults(null);
    await asksAgain(page);
    await trouble.waitFor({ state: "detached" });
  });

  it("lets somebody in while the keeper does not answer, as the secret is right", async () => {
    await faults("throw");
    const { page } = await opened("health");
    await page.getByRole("alert").getByText("The keeper does not answer").waitFor();
    // What an isolate says of its health may be of a moment ago, and the page asks for it twice a minute.
    await until("health tells of it", async () => {
      if (await page.getByText("It did not answer within a second").isVisible()) return true;
      await page.clock.fastForward(30_000);
      return false;
    });
    await faults(null);
  });

  it("says that the gateway cannot be reached, and asks on", async () => {
    const { page } = await opened();
    await page.context().setOffline(true);
    await asksAgain(page);
    await page.getByRole("alert").getByText("The gateway cannot be reached").waitFor();
    await page.context().setOffline(false);
    await asksAgain(page);
    await page.getByRole("alert").waitFor({ state: "detached" });
  });

  it("asks again for what it loads only once, until it has come", async () => {
    const { page } = await visit("about:blank");
    let asked = 0;
    // To sign in asks first. What fails is the question after it.
    await page.route("**/_tidemark/config", (route) => {
      asked += 1;
      return asked === 2 ? route.abort() : route.continue();
    });
    await page.clock.install();
    await page.goto(pageUrl(stack.gateway.url));
    await signIn(page);
    await page.getByRole("alert").getByText("The gateway cannot be reached").waitFor();
    await asksAgain(page);
    await page.getByRole("alert").waitFor({ state: "detached" });
    expect(asked).toBe(3);
  });

  it("does not ask again for what the gateway has refused", async () => {
    const { page } = await visit("about:blank");
    let asked = 0;
    await page.route("**/_tidemark/entries?*", (route) => {
      asked += 1;
      return route.fulfill({ status: 400, json: { code: "bad-request", title: "No", detail: "Not so" } });
    });
    await page.clock.install();
    await page.goto(pageUrl(stack.gateway.url, "queries"));
    await signIn(page);
    await page.getByRole("alert").getByText("Not so").waitFor();
    const before = asked;
    const polled = page.waitForResponse("**/_tidemark/stats");
    await asksAgain(page);
    await polled;
    expect([before, asked]).toEqual([1, 1]);
  });

  it("asks for the secret again when it is not taken any more", async () => {
    const { page } = await opened();
    await page.getByRole("heading", { name: "Reads by outcome" }).waitFor();
    await page.route("**/_tidemark/stats", (route) =>
      route.fulfill({ status: 401, json: { code: "unauthorized", title: "No", detail: "" } }),
    );
    await asksAgain(page);
    await page.getByText("The gateway does not take the secret any more.").waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  it("says that a gateway without an admin secret refuses everybody", async () => {
    const env = { ...settings("http://127.0.0.1:1"), TIDEMARK_ADMIN_SECRET: "short" };
    const gateway = await startGateway({ entry: workers.plain, env, onLog: () => {} });
    try {
      const { page } = await visit(pageUrl(gateway.url));
      await signIn(page, "short");
      await page.getByRole("alert").getByText("shorter than 16 characters").waitFor();
    } finally {
      await gateway.stop();
    }
  });

  it("shows what a keeper of an earlier version tells, and dashes for the rest", async () => {
    const { page } = await visit(pageUrl(stack.gateway.url));
    await page.route("**/_tidemark/stats", async (route) => {
      const answer = await route.fetch();
      const later = [
        "tables",
        "bypassReasons",
        "details",
        "waits",
        "waitsBy",
        "proofAges",
        "sumsMs",
        "operations",
        "kvBudget",
        "mirrors",
      ];
      const { isolates: _, auditRight: __, ...known } = await answer.json();
      await route.fulfill({
        json: Object.fromEntries(Object.entries(known).filter(([name]) => !later.includes(name))),
      });
    });
    await page.route("**/_tidemark/history*", (route) =>
      route.fulfill({ status: 404, json: { code: "no-such-path", title: "Nothing is served at this path" } }),
    );
    await signIn(page);
    await page.getByText("This keeper does not tell its budget.").waitFor();
    await page.getByText("There is no history: Nothing is served at this path").waitFor();
    await show(page, "Tables");
    await page.getByRole("rowheader", { name: "public.articles" }).waitFor();
    await show(page, "Audit");
    await show(page, "Health");
  });
});

describe.skipIf(CHROMIUM === undefined)("what an open page costs", () => {
  const { visit } = browser();
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ entry: workers.plain });
  });

  afterAll(() => stack?.stop());

  it("is fifteen calls a minute while somebody uses it, five when nobody does, and none paused or out of sight", async () => {
    const { page } = await visit("about:blank");
    await page.clock.install();
    await page.addInitScript(countOpenCalls);
    const calls: string[] = [];
    page.on("request", (request) => calls.push(new URL(request.url()).pathname.replace("/_tidemark/", "")));
    await page.goto(pageUrl(stack.gateway.url));
    await signIn(page);
    await page.getByText("No whole minute yet").waitFor();
    // From here on, time goes only as the test lets it go. On a busy machine it may be past the moment that is chosen.
    await until("the clock stands still", async () => {
      const now = await page.evaluate(() => Date.now());
      return page.clock.pauseAt(now + 1_000).then(
        () => true,
        () => false,
      );
    });

    /** Until each call is answered, and what the answers set off has happened. */
    const answered = () =>
      until("all is answered", async () => (await page.evaluate(() => globalThis.openCalls)) === 0);
    await answered();

    /** Lets this much time pass, and counts the calls. Each is answered before the time goes on. */
    const pass = async (seconds: number) => {
      calls.length = 0;
      for (let at = 0; at < seconds; at++) {
        await page.clock.runFor(1_000);
        await answered();
      }
      return Object.fromEntries(
        ["stats", "health", "history"].map((name) => [name, calls.filter((each) => each === name).length]),
      );
    };
    expect(await pass(60)).toEqual({ stats: 12, health: 2, history: 1 });
    await page.clock.runFor(600_000);
    await answered();
    expect(await pass(60)).toEqual({ stats: 2, health: 2, history: 1 });
    await page.getByRole("button", { name: "Pause" }).click();
    expect(await pass(60)).toEqual({ stats: 0, health: 0, history: 0 });
    await page.getByRole("button", { name: "Pause" }).click();
    await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    expect(await pass(60)).toEqual({ stats: 0, health: 0, history: 0 });
  });
});

declare global {
  var openCalls: number;
}

/** Runs in the page, before its own script: counts the calls whose answer that has not read yet. */
function countOpenCalls(): void {
  const { fetch } = globalThis;
  globalThis.openCalls = 0;
  globalThis.fetch = async (...asked) => {
    globalThis.openCalls++;
    const over = () => {
      globalThis.openCalls--;
    };
    const response = await fetch(...asked).catch((error) => {
      over();
      throw error;
    });
    for (const read of ["text", "json"] as const) {
      const whole = response[read].bind(response);
      response[read] = () => whole().finally(over);
    }
    return response;
  };
}
