import { afterEach, expect, it } from "vitest";
import { rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import { PUBLISHABLE_KEY, type Stack, startStack } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

const HOUR = { freshness: "1h" } as const;
const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;

let stack: Stack;

afterEach(() => stack?.stop());

/** Isolates of one data centre: workerd's cache is the same for all Workers in it. */
async function start(colo?: "off"): Promise<void> {
  stack = await startStack({
    changes: "pulled",
    isolates: ["one", "two", "three"],
    config: { tables: { articles: HOUR }, ...(colo && { colo }) },
  });
}

/** At an isolate, under the host that all of them have in common. */
async function read(target: string, at: string, headers: readonly string[] = []) {
  const request = rawRequest(`GET ${target} HTTP/1.1`, [`apikey: ${PUBLISHABLE_KEY}`, ...headers]);
  const answer = await sendRaw(stack.gateway.urlOf(at), request);
  const rows = JSON.parse(answer.body.toString()) as { readonly views: number }[];
  return { how: answer.header("cache-status") ?? "", views: rows[0]?.views };
}

it("in workerd, an isolate finds what its neighbour has read, without KV and the keeper's body", async () => {
  await start();
  let id = 0;
  // What is left is put behind the answer.
  await until("a neighbour finds what was left", async () => {
    id++;
    expect((await read(article(id), "one")).how).toBe("tidemark; fwd=uri-miss; stored");
    return (await read(article(id), "two")).how === "tidemark; hit; detail=colo";
  });
  const { json } = await stack.admin("stats");
  expect(json.tables["public.articles"].outcomes).toMatchObject({ "miss:uri-miss": id });
});

it("I2. and never what a change has touched since, however long it lies there", async () => {
  await start();
  for (let round = 1; round <= 10; round++) {
    await read(article(2), "one");
    await stack.supabase.db.query(`update articles set views = ${round}000 where id = 2`);
    for (const at of ["two", "three"]) {
      expect((await read(article(2), at, ["cache-control: no-cache"])).views).toBe(round * 1_000);
    }
  }
});

it("is left out where the owner says so", async () => {
  await start("off");
  for (const id of [1, 2, 3, 4, 5]) {
    await read(article(id), "one");
    expect((await read(article(id), "two")).how).not.toContain("colo");
  }
});
