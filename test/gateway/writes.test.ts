import type { SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SECRET_KEY, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { LIVELY_MS } from "../../testing/gateway/tidemark.config.ts";

let stack: Stack;
/** Both with the secret key: anonymous readers may not write. */
let through: SupabaseClient;
let directly: SupabaseClient;

beforeAll(async () => {
  stack = await startStack();
  through = stack.client("gateway", SECRET_KEY);
  directly = stack.client("supabase", SECRET_KEY);
});

afterAll(() => stack?.stop());

const row = (name: string) => ({ name });
const names = async () =>
  (await directly.from("tags").select("name").gt("id", 1_000).order("name")).data?.map(({ name }) => name);

it("inserts, and returns what Supabase returns", async () => {
  const inserted = await through.from("tags").insert(row("one")).select("name").single();
  expect(inserted).toMatchObject({ status: 201, error: null, data: row("one") });
  const many = await through.from("tags").insert([row("two"), row("three")], { count: "exact" });
  expect(many).toMatchObject({ status: 201, error: null, count: 2, data: null });
  expect(await names()).toEqual(["one", "three", "two"]);
});

it("updates, upserts and deletes", async () => {
  const updated = await through.from("tags").update(row("uno")).eq("name", "one").select("name");
  expect(updated.data).toEqual([row("uno")]);
  const upserted = await through.from("tags").upsert(row("two"), { onConflict: "name" }).select("name");
  expect(upserted).toMatchObject({ error: null, data: [row("two")] });
  const deleted = await through.from("tags").delete().eq("name", "three");
  expect(deleted).toMatchObject({ status: 204, error: null });
  expect(await names()).toEqual(["two", "uno"]);
});

it("passes errors on: a conflict, and what a policy forbids", async () => {
  for (const client of [through, directly]) {
    const conflict = await client.from("tags").insert(row("two"));
    expect(conflict).toMatchObject({ status: 409, error: { code: "23505" } });
  }
  const forbidden = await stack.client("gateway").from("tags").insert(row("mine"));
  const same = await stack.client("supabase").from("tags").insert(row("mine"));
  expect(forbidden.status).toBe(same.status);
  expect(forbidden.error).toEqual(same.error);
});

it("calls functions by POST and by GET", async () => {
  const term = "godfather";
  for (const options of [{}, { get: true }]) {
    const answer = await stack.client("gateway").rpc("search_movies", { term }, options);
    const direct = await stack.client("supabase").rpc("search_movies", { term }, options);
    expect(answer.data?.length).toBeGreaterThan(0);
    expect(answer).toEqual(direct);
  }
});

it("I1. a write through the gateway reaches readers within the bound, like any other", async () => {
  const target = "/rest/v1/tags?select=id,name&order=id";
  await stack.read(target);
  await through.from("tags").insert(row("seen by readers"));
  await stack.webhooks.delivered();
  await withinBound(
    LIVELY_MS,
    performance.now(),
    () => stack.read(target),
    (answer) => answer.body.includes("seen by readers"),
  );
});
