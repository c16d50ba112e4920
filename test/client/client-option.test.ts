import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tidemark } from "../../src/client/client.ts";
import { PUBLISHABLE_KEY, type Stack, startStack } from "../../testing/gateway/stack.ts";
import { CLIENT_PATIENCE, until } from "../../testing/patience.ts";

let stack: Stack;
let client: SupabaseClient;
// Own writes are tested in pulled.test.ts; here a write does not change where reads go.
/** Where each request went, in order: `gateway GET /rest/v1/articles`. */
const went: string[] = [];

beforeAll(async () => {
  stack = await startStack();
  const noting: typeof fetch = (input, init) => {
    const url = new URL(String(input));
    const where = url.origin === stack.gateway.url ? "gateway" : "supabase";
    went.push(`${where} ${init?.method ?? "GET"} ${url.pathname}`);
    return fetch(input, init);
  };
  client = createClient(stack.supabase.url, PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      fetch: tidemark({
        gateway: stack.gateway.url,
        project: stack.supabase.url,
        fetch: noting,
        ownWrites: false,
        timeout: CLIENT_PATIENCE,
      }),
    },
  });
});

afterAll(() => stack?.stop());

const sent = () => went.splice(0);

it("reads go to the gateway, everything else to Supabase", async () => {
  await client.from("articles").select("id").limit(1);
  await client.from("articles").select("id", { head: true });
  expect(sent()).toEqual(["gateway GET /rest/v1/articles", "gateway HEAD /rest/v1/articles"]);
  await client.rpc("search_movies", { term: "godfather" });
  await client.from("tags").insert({ name: "not allowed" });
  await client.auth.signUp({ email: "grace@course.example", password: "correct horse" });
  expect(sent()).toEqual([
    "supabase POST /rest/v1/rpc/search_movies",
    "supabase POST /rest/v1/tags",
    "supabase POST /auth/v1/signup",
  ]);
});

it("I8. a signed-in user reads drafts through it, and an anonymous reader does not", async () => {
  const drafts = (reader: SupabaseClient) =>
    reader.from("articles").select("id").is("draft", true).order("id");
  expect((await drafts(stack.client("gateway"))).data).toEqual([]);
  expect((await drafts(client)).data).toHaveLength(24);
  expect((await drafts(stack.client("gateway"))).data).toEqual([]);
  expect(sent()).toEqual(["gateway GET /rest/v1/articles"]);
  // Without capture nobody's token is cached for, so for a while the gateway would be a hop for nothing. On a busy machine that
  // while may pass between two reads.
  await until("a read goes past it", async () => {
    expect((await drafts(client)).data).toHaveLength(24);
    return sent().join() === "supabase GET /rest/v1/articles";
  });
});

it("Supabase's own failure is passed on, not hidden", async () => {
  const missing = await client.from("nowhere").select();
  const direct = await stack.client("supabase").from("nowhere").select();
  expect(missing.status).toBe(direct.status);
  expect(missing.error).toEqual(direct.error);
  expect(sent()).toEqual(["gateway GET /rest/v1/nowhere"]);
});

it("I9. reads fall back to Supabase when the gateway is gone", async () => {
  await stack.gateway.stop();
  const first = await client.from("articles").select("id,draft").order("id").limit(2);
  expect(first.data?.map(({ id }) => id)).toEqual([1, 2]);
  expect(sent()).toEqual(["gateway GET /rest/v1/articles", "supabase GET /rest/v1/articles"]);
  await until("it is left alone for a while", async () => {
    expect((await client.from("articles").select("id,draft").limit(2)).error).toBeNull();
    return sent().join() === "supabase GET /rest/v1/articles";
  });
});
