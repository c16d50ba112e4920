import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tidemark } from "../../src/client/client.ts";
import {
  PUBLISHABLE_KEY,
  SECRET_KEY,
  type Stack,
  startStack,
  withinBound,
  workers,
} from "../../testing/gateway/stack.ts";
import { STEADY_MS } from "../../testing/gateway/tidemark.config.ts";
import { CLIENT_PATIENCE, until } from "../../testing/patience.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ changes: "pulled", isolates: ["near", "far"], entry: workers.steady });
});

afterAll(() => stack?.stop());

const article = (id: number) => `/rest/v1/articles?select=id,title&id=eq.${id}`;

it("I1. with capture, a change reaches readers within the bound from its commit, without a nudge", async () => {
  // On a busy machine the bound may pass between two reads.
  await until("an answer comes from memory", async () => {
    const { cacheStatus, json } = await stack.read(article(3));
    expect(json[0].id).toBe(3);
    return cacheStatus === "tidemark; hit; detail=memory";
  });
  await stack.supabase.db.query("update articles set title = 'pulled' where id = 3");
  const committed = performance.now();
  const answer = await withinBound(
    STEADY_MS,
    committed,
    () => stack.read(article(3)),
    ({ json: [row] }) => row.title === "pulled",
  );
  expect(answer.cacheStatus).not.toContain("unproven");
});

it("I6. a client reads its own writes through any isolate, even if its bound would allow older answers", async () => {
  const isolates = ["near", "far"].map((name) => stack.gateway.urlOf(name));
  let turn = 0;
  // Each read goes to the other isolate, as can happen with anycast.
  const anycast: typeof fetch = (input, init) => {
    const url = String(input);
    const isOurs = isolates.find((address) => url.startsWith(address));
    return fetch(isOurs ? url.replace(isOurs, isolates[turn++ % 2] as string) : url, init);
  };
  const through = tidemark({
    gateway: isolates[0] as string,
    project: stack.supabase.url,
    fetch: anycast,
    timeout: CLIENT_PATIENCE,
  });
  const client = createClient(stack.supabase.url, SECRET_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    // Writes as the owner, reads as an anonymous visitor, like a server does for its visitors.
    global: { fetch: (input, init) => through(input, asAnonymousReader(init)) },
  });
  const shown: unknown[] = [];
  for (let n = 0; n < 5; n++) {
    await client
      .from("articles")
      .update({ title: `own ${n}` })
      .eq("id", 5);
    for (let reads = 0; reads < 4; reads++) {
      const { data } = await client.from("articles").select("title").eq("id", 5).single();
      shown.push([n, data?.title]);
    }
  }
  const expected = [0, 1, 2, 3, 4].flatMap((n) => Array(4).fill([n, `own ${n}`]));
  expect(shown).toEqual(expected);
});

it("I1. a row that changes constantly costs at most one origin request a bound", async () => {
  const query = "/rest/v1/articles?select=id,views&id=eq.7";
  await stack.read(query);
  stack.origin.reset();
  const began = performance.now();
  let writes = 0;
  let going = true;
  const writer = (async () => {
    while (going) {
      await stack.supabase.db.query("update articles set views = views + 1 where id = 7");
      writes++;
      // PGlite runs in this process, and would leave no time for anything else.
      await sleep(5);
    }
  })();
  const reader = async (at: string) => {
    while (performance.now() - began < 4 * STEADY_MS || writes <= 50) {
      await stack.read(query, { at });
    }
  };
  await Promise.all(["near", "far", "near", "far"].map(reader)).finally(() => {
    going = false;
  });
  await writer;
  const bounds = (performance.now() - began) / STEADY_MS;
  const asked = stack.origin.reads.filter((target) => target.includes("id=eq.7")).length;
  expect(asked).toBeLessThanOrEqual(bounds + 2);
});

it("knows the schema, and says so", async () => {
  expect((await stack.admin("stats")).json).toMatchObject({ proven: true, schemaKnown: true });
});

/** Reads carry the publishable key, because reads with the secret key are not cached. */
function asAnonymousReader(init: RequestInit | undefined): RequestInit | undefined {
  if (init?.method !== undefined && init.method !== "GET") return init;
  const headers = new Headers(init?.headers);
  headers.set("apikey", PUBLISHABLE_KEY);
  headers.set("authorization", `Bearer ${PUBLISHABLE_KEY}`);
  return { ...init, headers };
}
