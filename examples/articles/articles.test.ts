import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { changedIds } from "./src/webhook.ts";
import { type EmbeddedSupabase, PUBLISHABLE_KEY, startSupabase, type WebhookPayload } from "./supabase.ts";

// Runs the Worker in workerd, as two isolates over one KV, with Supabase embedded in this process.

const REVALIDATE_SECRET = "by-hand";
const WEBHOOK_SECRET = "by-database";

let supabase: EmbeddedSupabase;
let miniflare: Miniflare;
let urls: Record<string, URL>;

beforeAll(async () => {
  supabase = await startSupabase();
  const contents = await bundle();
  const worker = (name: string, secrets: Record<string, string>) => ({
    config: {
      name,
      compatibilityDate: "2026-08-01",
      env: {
        KV: { type: "kv" as const, id: "articles" },
        ...Object.fromEntries(
          Object.entries({
            SUPABASE_URL: "http://supabase.example",
            SUPABASE_KEY: PUBLISHABLE_KEY,
            ...secrets,
          }).map(([key, value]) => [key, { type: "text" as const, value }]),
        ),
      },
      manifest: { mainModule: "index.js", modules: { "index.js": { type: "esm" as const, contents } } },
    },
    dev: {
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      outboundService: {
        type: "fetcher" as const,
        handler: async (request: Request) =>
          supabase.fetch(new Request(request.url, { method: request.method, headers: [...request.headers] })),
      },
    },
  });
  const secrets = { REVALIDATE_SECRET, WEBHOOK_SECRET };
  miniflare = new Miniflare({
    workers: [worker("one", secrets), worker("two", secrets), worker("bare", {})],
  } as unknown as ConstructorParameters<typeof Miniflare>[0]);
  await miniflare.ready;
  urls = Object.fromEntries(
    await Promise.all(
      ["one", "two", "bare"].map(async (name) => [name, await miniflare.unsafeGetDirectURL(name)] as const),
    ),
  );
});
afterAll(async () => {
  await miniflare?.dispose();
  await supabase?.close();
});

beforeEach(async () => {
  supabase.setDown(false);
  // Delete what an earlier test left as a user of the database would, and tell the Worker.
  await deliver(await supabase.change("delete from articles"));
});

const ask = (path: string, init?: RequestInit, isolate = "one") => fetch(new URL(path, urls[isolate]), init);
const list = async (isolate = "one"): Promise<string[]> => {
  const response = await ask("/articles", undefined, isolate);
  return ((await response.json()) as { title: string }[]).map(({ title }) => title);
};
const webhook = (payload: unknown, secret: string | undefined = WEBHOOK_SECRET, isolate = "one") =>
  ask(
    "/webhooks/articles",
    {
      method: "POST",
      headers: secret === undefined ? {} : { "x-webhook-secret": secret },
      body: typeof payload === "string" ? payload : JSON.stringify(payload),
    },
    isolate,
  );

/** Delivers events and waits until the list and each id have been fetched and stored. */
async function deliver(events: readonly WebhookPayload[]): Promise<void> {
  const expected = events.reduce(
    (sum, event) => sum + 1 + (changedIds(event)?.length ?? 0),
    supabase.answers(),
  );
  for (const event of events) expect((await webhook(event)).status).toBe(202);
  await answered(expected);
}

async function insert(title: string, published = true): Promise<number> {
  const [event] = await supabase.change(
    `insert into articles (title, published) values ('${title}', ${published})`,
  );
  if (event === undefined) throw new Error("no event");
  await deliver([event]);
  return (event.record as { id: number }).id;
}

test("an article is fetched once, and then comes from the cache", async () => {
  const id = await insert("tide");
  await list();
  const before = supabase.requests();
  const response = await ask(`/articles/${id}`);
  expect(await response.json()).toEqual({ id, title: "tide", body: "" });
  expect(response.headers.get("x-cache")).toBe("hit"); // the webhook fetched it already
  expect(await list()).toEqual(["tide"]);
  expect(supabase.requests()).toBe(before);
});

test("a missing article is 404, requested once and then remembered", async () => {
  expect((await ask("/articles/987654321")).status).toBe(404);
  const before = supabase.requests();
  expect((await ask("/articles/987654321")).status).toBe(404);
  expect(supabase.requests()).toBe(before);
});

test("INSERT, UPDATE and DELETE reach the list and the item", async () => {
  const id = await insert("one");
  expect(await list()).toEqual(["one"]);
  await deliver(await supabase.change(`update articles set title = 'changed' where id = ${id}`));
  expect(await list()).toEqual(["changed"]);
  expect(await (await ask(`/articles/${id}`)).json()).toMatchObject({ title: "changed" });
  await deliver(await supabase.change(`delete from articles where id = ${id}`));
  expect(await list()).toEqual([]);
  expect((await ask(`/articles/${id}`)).status).toBe(404);
});

test("an article whose id changes disappears under the old id and appears under the new one", async () => {
  const id = await insert("moved");
  await ask(`/articles/${id}`);
  await deliver(await supabase.change(`update articles set id = ${id + 1000} where id = ${id}`));
  expect((await ask(`/articles/${id}`)).status).toBe(404);
  expect((await ask(`/articles/${id + 1000}`)).status).toBe(200);
});

test("I8. a draft that the webhook sees is not published by it", async () => {
  const id = await insert("secret draft", false);
  expect(await list()).toEqual([]);
  expect((await ask(`/articles/${id}`)).status).toBe(404);
  await deliver(await supabase.change(`update articles set published = true where id = ${id}`));
  expect(await list()).toEqual(["secret draft"]);
  await deliver(await supabase.change(`update articles set published = false where id = ${id}`));
  expect(await list()).toEqual([]);
  expect((await ask(`/articles/${id}`)).status).toBe(404);
});

test("events that come late, twice or in the wrong order leave nothing old behind", async () => {
  const id = await insert("first");
  const events = [
    ...(await supabase.change(`update articles set title = 'second' where id = ${id}`)),
    ...(await supabase.change(`update articles set title = 'third' where id = ${id}`)),
  ];
  await deliver([...events].reverse());
  await deliver(events.slice(0, 1));
  expect(await (await ask(`/articles/${id}`)).json()).toMatchObject({ title: "third" });
  expect(await list()).toEqual(["third"]);
});

test("a webhook is answered before its work, which still completes", async () => {
  const id = await insert("slow");
  const events = await supabase.change(`update articles set title = 'later' where id = ${id}`);
  const before = supabase.answers();
  expect((await webhook(events[0])).status).toBe(202);
  await answered(before + 2);
  expect(await (await ask(`/articles/${id}`)).json()).toMatchObject({ title: "later" });
});

test("another isolate has the new article from KV", async () => {
  const id = await insert("shared");
  await deliver(await supabase.change(`update articles set title = 'shared, changed' where id = ${id}`));
  await stored("shared, changed");
  const before = supabase.requests();
  const response = await ask(`/articles/${id}`, undefined, "two");
  expect(await response.json()).toMatchObject({ title: "shared, changed" });
  expect(supabase.requests()).toBe(before);
});

test("I9. when the database is down, readers get what is cached, and otherwise a clear error", async () => {
  const id = await insert("kept");
  await list();
  supabase.setDown(true);
  expect(await list()).toEqual(["kept"]);
  expect((await ask(`/articles/${id}`)).status).toBe(200);
  const absent = await ask("/articles/123456789");
  expect(absent.status).toBe(502);
  expect(await absent.json()).toEqual({ title: "the database did not answer", status: 502 });
});

test("by hand: the route needs its secret, and revalidates", async () => {
  const id = await insert("old");
  await supabase.change(`update articles set title = 'new' where id = ${id}`); // and its webhook is lost
  expect(await list()).toEqual(["old"]);
  const post = (authorization: string | undefined, body: string, isolate = "one") =>
    ask(
      "/revalidate",
      { method: "POST", headers: authorization === undefined ? {} : { authorization }, body },
      isolate,
    );
  expect((await post(undefined, "{}")).status).toBe(401);
  expect((await post("Bearer wrong", "{}")).status).toBe(401);
  expect((await post("Bearer undefined", "{}", "bare")).status).toBe(401);
  expect((await post(`Bearer ${REVALIDATE_SECRET}`, "no json")).status).toBe(400);
  expect((await post(`Bearer ${REVALIDATE_SECRET}`, `{"id":"7; drop table articles"}`)).status).toBe(400);
  expect(await list()).toEqual(["old"]);
  expect((await post(`Bearer ${REVALIDATE_SECRET}`, JSON.stringify({ id }))).status).toBe(200);
  expect(await list()).toEqual(["new"]);
  expect(await (await ask(`/articles/${id}`)).json()).toMatchObject({ title: "new" });
});

test("a webhook needs its secret, and must be of this table", async () => {
  const event = { type: "INSERT", schema: "public", table: "articles", record: { id: 1 }, old_record: null };
  expect((await webhook(event, undefined)).status).toBe(202); // the helper's default is the right secret
  expect((await webhook(event, "wrong")).status).toBe(401);
  expect((await webhook(event, "", "bare")).status).toBe(401);
  for (const wrong of [
    "no json",
    {},
    { ...event, table: "users" },
    { ...event, schema: "private" },
    { ...event, type: "TRUNCATE" },
    { ...event, record: { id: "1" } },
  ]) {
    expect((await webhook(wrong)).status).toBe(400);
  }
});

test("anything else is not found", async () => {
  for (const path of [
    "/",
    "/articles/",
    "/articles/x",
    "/articles/1/2",
    "/articles/-1",
    "/webhooks/articles",
  ]) {
    expect((await ask(path)).status).toBe(404);
  }
});

test("every entry in KV expires", async () => {
  await insert("mortal");
  const kv = await miniflare.getKVNamespace("KV", "one");
  const { keys } = await kv.list();
  expect(keys.length).toBeGreaterThan(0);
  for (const { expiration } of keys) expect(expiration).toBeGreaterThan(Date.now() / 1_000);
});

/** Resolves when KV holds a value with this text: the Worker puts it after its answer. */
async function stored(text: string): Promise<void> {
  const kv = await miniflare.getKVNamespace("KV", "one");
  const values = async () => {
    const { keys } = await kv.list();
    return Promise.all(keys.map(({ name }) => kv.get(name, "text")));
  };
  await expect
    .poll(async () => (await values()).some((value) => value?.includes(text)), { interval: 20 })
    .toBe(true);
}

/** Resolves when the database has answered this many requests, and the Worker has had time to store the answers. */
async function answered(requests: number): Promise<void> {
  await expect.poll(() => supabase.answers(), { interval: 5 }).toBeGreaterThanOrEqual(requests);
  await new Promise((resolve) => setTimeout(resolve, 50));
}

async function bundle(): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL("src/worker.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:workers", "node:*"],
    write: false,
  });
  return result.outputFiles[0]?.text ?? "";
}
