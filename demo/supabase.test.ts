import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { until } from "../testing/patience.ts";
import { type Supabase, startSupabase } from "./supabase.ts";

let supabase: Supabase;
beforeAll(async () => {
  supabase = await startSupabase();
});
afterAll(() => supabase.stop());
beforeEach(() => supabase.requests.reset());

const client = (key = supabase.publishableKey) =>
  createClient(supabase.url, key, { auth: { persistSession: false, autoRefreshToken: false } });

async function get(target: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${supabase.url}/rest/v1/${target}`, {
    headers: { apikey: supabase.publishableKey, ...headers },
  });
}

const count = async (table: string, key?: string) =>
  (await client(key).from(table).select("*", { count: "exact", head: true })).count;

test("anonymous readers see neither drafts nor their comments; the secret key sees all", async () => {
  expect(await count("articles")).toBe(216);
  expect(await count("articles", supabase.secretKey)).toBe(240);
  expect(await count("comments")).toBeLessThan((await count("comments", supabase.secretKey)) ?? 0);
  const drafts = await client().from("articles").select("id").eq("draft", true);
  expect(drafts.data).toEqual([]);
});

test("requests of several roles at once each get their own role's rows", async () => {
  const keys = Array.from({ length: 30 }, (_, n) =>
    n % 2 === 0 ? supabase.publishableKey : supabase.secretKey,
  );
  const counts = await Promise.all(
    keys.map(async (key, n) => {
      if (n % 5 === 0) await supabase.db.query("select 1");
      return count("articles", key);
    }),
  );
  expect(counts).toEqual(keys.map((key) => (key === supabase.secretKey ? 240 : 216)));
});

test("without a key, or with a wrong one, there is no answer", async () => {
  expect((await fetch(`${supabase.url}/rest/v1/articles`)).status).toBe(401);
  expect((await get("articles", { apikey: "sb_publishable_other" })).status).toBe(401);
});

test("a new user is signed in at once, sees drafts and may write", async () => {
  const user = client();
  const credentials = { email: "reader@course.example", password: "correct horse battery" };
  expect((await user.auth.signUp(credentials)).error).toBeNull();
  await user.auth.signOut();
  expect((await user.auth.signInWithPassword(credentials)).data.session?.user.email).toBe(credentials.email);
  expect((await user.from("articles").select("id").eq("draft", true)).data).toHaveLength(24);
  const written = await user.from("tags").insert({ name: "by a user" }).select().single();
  expect(written.error).toBeNull();
  expect((await client().from("tags").insert({ name: "by nobody" })).error?.code).toBe("42501");
  await user.from("tags").delete().eq("name", "by a user");
});

test("numbers keep their digits and times are ISO 8601, as in PostgREST", async () => {
  const text = await (await get("samples?select=big,exact,approximate,at_tz,data&order=id&limit=2")).text();
  expect(text).toContain('"big":9007199254740993,"exact":1.00,');
  expect(text).toContain('"exact":12345678901234567890.123456789,"approximate":"-Infinity"');
  expect(text).toContain('"at_tz":"2026-02-28T23:59:59.5+00:00"');
});

test("embeds, many-to-many, aggregates and the second schema work", async () => {
  const article = await client()
    .from("articles")
    .select("authors(name), tags(name), comments(count)")
    .eq("id", 4)
    .single();
  expect(article.data).toMatchObject({
    authors: { name: expect.any(String) },
    comments: [{ count: expect.any(Number) }],
  });
  expect(article.data?.tags).toHaveLength(3);
  expect((await client().schema("archive").from("articles").select("id")).data).toHaveLength(3);
  expect((await client().from("movies").select("budget.max()")).data).toEqual([{ max: 300000000 }]);
});

test("a table made while running can be read at once", async () => {
  await supabase.db.exec(`
    create table scraps (id int primary key, text text);
    alter table scraps enable row level security;
    create policy readable on scraps for select to anon using (true);
    insert into scraps values (1, 'new');
  `);
  expect(await (await get("scraps")).json()).toEqual([{ id: 1, text: "new" }]);
  await supabase.db.exec("drop table scraps");
});

/** Longer than any test takes: what waits for it is under way until it is cut. */
const LATENCY_MS = 3_600_000;
const inFlight = (count: number) =>
  until(`${count} are under way`, () => supabase.requests.inFlight === count);

test("latency is added to each answer, and can be changed while running", async () => {
  supabase.setLatency(50);
  const begun = performance.now();
  await get("tags");
  expect(performance.now() - begun).toBeGreaterThan(45);
  supabase.setLatency(LATENCY_MS);
  const waiting = Promise.allSettled([get("tags"), get("tags"), get("tags")]);
  await inFlight(3);
  await supabase.db.query("select 1"); // whoever waits holds up nobody: this comes after them
  supabase.setLatency(0);
  expect((await get("tags")).status).toBe(200);
  supabase.setDown(true);
  supabase.setDown(false);
  await waiting;
});

test("when down it cuts connections; when up again it answers on the same port", async () => {
  supabase.setLatency(LATENCY_MS);
  const underWay = get("tags").then(
    () => "answered",
    () => "cut",
  );
  await inFlight(1);
  supabase.setDown(true);
  expect(await underWay).toBe("cut");
  await expect(get("tags")).rejects.toThrow();
  supabase.setDown(false);
  supabase.setLatency(0);
  expect((await get("tags")).status).toBe(200);
});

test("reads are counted by path and query, other requests only in total", async () => {
  await get("tags?limit=1");
  await get("tags?limit=1");
  await get("tags?limit=2");
  await fetch(`${supabase.url}/auth/v1/settings`, { headers: { apikey: supabase.publishableKey } });
  const { reads, total, inFlight } = supabase.requests;
  expect({ reads, total, inFlight }).toEqual({ reads: 3, total: 4, inFlight: 0 });
  expect(supabase.requests.readsOf("/rest/v1/tags?limit=1")).toBe(2);
});

test("a taken port rejects at once", async () => {
  await expect(startSupabase({ port: supabase.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test.each(["__proto__=eq.1", "comments.__proto__=eq.1&select=id,comments(id)", "toString=eq.2"])(
  "a filter named like what objects inherit changes no object: %s",
  async (query) => {
    await (await get(`articles?${query}`)).arrayBuffer();
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(Object.keys(Object.prototype.toString)).toEqual([]);
  },
);
