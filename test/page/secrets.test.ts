import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMIN_SECRET, type Stack, startStack } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { browser, CHROMIUM, pageUrl, show, signIn, VIEWS, type Visit } from "./browser.ts";

const WRONG = "not-the-admin's-secret";
/** Without a dot, which in the name of a table would end a schema's. */
const MARKUP = `<img src=x onerror="pwned=1">`;
const SCRIPT = "<script>globalThis.pwned=1</script>";

// Names, values and queries that would be markup, were they not text.
const TABLE = `a${MARKUP}`;
const SQL = `
  create table notes_of (id text primary key, body text);
  create table "${TABLE.replaceAll('"', '""')}" (id int primary key);
  select tidemark.watch('public.notes_of');
  grant select on notes_of to anon;
`;

describe.skipIf(CHROMIUM === undefined)("the page, and those who mean it ill", () => {
  const { visit } = browser();
  let stack: Stack;
  let visited: Visit;
  let elsewhere: Server;
  let strangers = 0;

  beforeAll(async () => {
    elsewhere = createServer((_, response) => {
      strangers++;
      response.setHeader("access-control-allow-origin", "*").end("{}");
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    stack = await startStack({
      changes: "pulled",
      config: { tables: { notes_of: { freshness: "400ms", ttl: "1h" }, [TABLE]: true } },
      sql: SQL,
    });
    await stack.read(`/rest/v1/notes_of?select=id&body=eq.${encodeURIComponent(SCRIPT)}`);
    await stack.read(`/rest/v1/notes_of?select=id,body&id=eq.${encodeURIComponent(MARKUP)}`);
    visited = await visit(pageUrl(stack.gateway.url));
  });

  afterAll(async () => {
    await stack?.stop();
    elsewhere?.close();
  });

  it("asks for the secret, refuses a wrong one, and does not keep it", async () => {
    const { page } = visited;
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByText("Enter the secret.").waitFor();
    await signIn(page, WRONG);
    await page.getByRole("alert").getByText("That is not this gateway's secret.").waitFor();
    expect(await page.getByLabel("Admin secret").inputValue()).toBe("");
    expect(await page.getByLabel("Admin secret").getAttribute("aria-invalid")).toBe("true");
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await signIn(page, "s\u2028cret");
    await page.getByText("a character that no header can carry").waitFor();
  });

  it("keeps the secret in the tab's session only, and shows it nowhere, in whatever view", async () => {
    const { page, requests } = visited;
    await signIn(page);
    await page.getByRole("heading", { level: 1, name: "Now" }).waitFor();
    for (const view of VIEWS) {
      await show(page, view);
      const found = await page.evaluate((secret) => {
        const fields = [...document.querySelectorAll<HTMLInputElement>("input, textarea, select")];
        return {
          inDom: document.documentElement.outerHTML.includes(secret),
          inFields: fields.some(({ value }) => value.includes(secret)),
          inAddress: location.href.includes(secret) || document.title.includes(secret),
          inState: JSON.stringify(history.state)?.includes(secret) ?? false,
          inCookie: document.cookie,
          inLocalStorage: localStorage.length,
        };
      }, ADMIN_SECRET);
      expect(found).toEqual({
        ...{ inDom: false, inFields: false, inAddress: false, inState: false },
        ...{ inCookie: "", inLocalStorage: 0 },
      });
    }
    const stored = await page.evaluate(async () => ({
      session: Object.values(sessionStorage),
      databases: (await indexedDB.databases()).length,
      caches: "caches" in globalThis ? (await caches.keys()).length : 0,
      workers: (await navigator.serviceWorker?.getRegistrations())?.length ?? 0,
    }));
    expect(stored).toEqual({ session: [ADMIN_SECRET], databases: 0, caches: 0, workers: 0 });
    expect(await page.context().cookies()).toEqual([]);
    expect(requests.filter((url) => url.includes(encodeURIComponent(ADMIN_SECRET)))).toEqual([]);
  });

  it("asks nobody but its own gateway", () => {
    const { requests } = visited;
    const others = requests.filter(
      (url) => new URL(url).origin !== stack.gateway.url && !url.startsWith("data:"),
    );
    expect(requests.length).toBeGreaterThan(5);
    expect(others).toEqual([]);
  });

  it("is still there after a reload of the tab, and in no other tab", async () => {
    const { page } = visited;
    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const another = await page.context().newPage();
    await another.goto(pageUrl(stack.gateway.url));
    await another.getByLabel("Admin secret").waitFor();
    await another.close();
  });

  it("shows names of tables, queries and rows as text, whatever they are", async () => {
    const { page } = visited;
    await show(page, "Tables");
    await page.getByRole("button", { name: `public.${TABLE}`, exact: true }).click();
    await show(page, "Queries");
    await until("both queries are listed", async () => (await page.locator("button.disclose").count()) === 2);
    for (const button of await page.locator("button.disclose").all()) await button.click();
    await page.getByText("Depends on").nth(1).waitFor();
    await page.getByLabel("Search").fill(MARKUP);
    await page.getByText(`No query contains “${MARKUP}”.`).waitFor();

    await stack.supabase.db.query("insert into notes_of values ($1, $2)", [MARKUP, SCRIPT]);
    await until("the change is pulled", async () => {
      await stack.read("/rest/v1/notes_of?select=id", { headers: { "cache-control": "no-cache" } });
      const { changes } = (await stack.admin("changes")).json;
      return changes.some(({ relation }: { relation: string }) => relation === "public.notes_of");
    });
    await show(page, "Changes");
    const row = page.getByRole("row").filter({ hasText: "public.notes_of" }).first();
    await row.waitFor();
    await row.getByRole("button").click();
    expect(await row.textContent()).toContain(JSON.stringify(MARKUP).slice(1, 20));

    await show(page, "Try one");
    await page.getByLabel("A URL, a path, or a line").fill(`/rest/v1/notes_of?select=id&id=eq.${MARKUP}`);
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText("Asked as").waitFor();
    await page
      .getByLabel("A URL, a path, or a line")
      .fill(`s.from("${MARKUP.replaceAll('"', "'")}").eq("a", ${SCRIPT})`);
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("alert").getByText("A value is missing at").waitFor();

    expect(await page.evaluate(() => document.querySelectorAll("img, script").length)).toBe(1);
    expect(await page.evaluate(() => "pwned" in globalThis)).toBe(false);
  });

  it("complains of nothing until then", () => {
    const expected = /401 \(Unauthorized\)/;
    expect(visited.complaints.filter((line) => !expected.test(line))).toEqual([]);
  });

  it("runs no script that somebody injects, and lets none send anything away", async () => {
    const { page } = visited;
    const { port } = elsewhere.address() as AddressInfo;
    const tried = await page.evaluate(async (stranger) => {
      const violations: string[] = [];
      // Reports of violations come in order, and that of the last attempt, the fetch, is the last.
      const reported = new Promise<void>((resolve) => {
        document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
          violations.push(effectiveDirective);
          if (effectiveDirective === "connect-src") resolve();
        });
      });
      const attempt = (act: () => unknown) => {
        try {
          act();
          return "done";
        } catch (error) {
          return (error as Error).name;
        }
      };
      // What the debugger itself calls may use eval; a task of the page's own may not.
      await new Promise((resolve) => setTimeout(resolve));
      const outcomes = {
        markup: attempt(() => {
          document.body.innerHTML += "<img src=x>";
        }),
        code: attempt(() => new Function("globalThis.pwned=1")()),
        script: attempt(() => {
          const script = document.createElement("script");
          script.append("globalThis.pwned=1");
          document.body.append(script);
        }),
        handler: attempt(() => {
          const button = document.createElement("button");
          button.setAttribute("onclick", "globalThis.pwned=1");
          document.body.append(button);
          button.click();
        }),
        image: attempt(() => {
          const image = document.createElement("img");
          image.src = `${stranger}/?secret`;
          document.body.append(image);
        }),
        form: attempt(() => {
          const form = document.createElement("form");
          form.action = stranger;
          document.body.append(form);
          form.submit();
        }),
        fetched: await fetch(stranger).then(
          () => "done",
          () => "refused",
        ),
      };
      await reported;
      return { outcomes, violations, pwned: "pwned" in globalThis };
    }, `http://127.0.0.1:${port}`);
    expect(tried.pwned).toBe(false);
    expect(tried.outcomes).toMatchObject({ markup: "TypeError", fetched: "refused" });
    expect(tried.outcomes.code).not.toBe("done");
    expect(tried.violations).toContain("connect-src");
    expect(tried.violations).toContain("require-trusted-types-for");
    expect(strangers).toBe(0);
  });

  it("runs none in a browser that knows nothing of Trusted Types either", async () => {
    const { page } = await visit("about:blank");
    await page.route("**/_tidemark/", async (route) => {
      const answer = await route.fetch();
      const { "content-security-policy": policy = "", ...headers } = answer.headers();
      const without = policy.replace(/; require-trusted-types-for.*/, "");
      await route.fulfill({ response: answer, headers: { ...headers, "content-security-policy": without } });
    });
    await page.goto(pageUrl(stack.gateway.url));
    await page.getByLabel("Admin secret").waitFor();
    const refused = await page.evaluate(async () => {
      const reported = new Promise<string>((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
      });
      const script = document.createElement("script");
      script.append("globalThis.pwned=1");
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", `<button onclick="globalThis.pwned=1">x</button>`);
      document.querySelector<HTMLButtonElement>("[onclick]")?.click();
      return [await reported, "pwned" in globalThis];
    });
    expect(refused).toEqual(["script-src-elem", false]);
  });

  it("forgets the secret when it is signed out", async () => {
    const { page } = visited;
    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Admin secret").waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});
