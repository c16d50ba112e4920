import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

let stack: Stack;

// A bound of an hour: what is proven stays proven, however slow the test is.
beforeAll(async () => {
  stack = await startStack({ entry: workers.patient });
});

afterAll(() => stack?.stop());

afterEach(() => {
  stack.supabase.setDown(false);
  stack.origin.instead = () => undefined;
});

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;
const sample = (id: number) => `/rest/v1/samples?select=id,label&id=eq.${id}`;
/** A bound of an hour would let the old answer pass for that long. */
const strictly = { headers: { "cache-control": "no-cache" } };
const hit = async (target: string) => /; hit/.test((await stack.read(target)).cacheStatus);

describe("while the origin is down", () => {
  it("I9. proven keys answer", async () => {
    await stack.read(article(1));
    stack.supabase.setDown(true);
    for (let round = 0; round < 3; round++) {
      const answer = await stack.read(article(1));
      expect(answer.status).toBe(200);
      expect(answer.cacheStatus).toBe("tidemark; hit; detail=memory; unproven");
    }
  });

  it("missing keys get a clear 502 that the page may read", async () => {
    stack.supabase.setDown(true);
    const answer = await stack.read(article(2), { headers: { origin: "https://app.example" } });
    expect(answer.status).toBe(502);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.json).toMatchObject({ code: "origin-unreachable", status: 502 });
    expect(answer.cacheStatus).toBe("tidemark; fwd=miss; detail=origin-unreachable; unproven");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("a changed key answers within staleIfError, labelled; after the origin is back it heals", async () => {
    await stack.read(sample(1));
    await stack.change("update samples set label = 'changed' where id = 1");
    stack.supabase.setDown(true);
    const stale = await stack.read(sample(1), strictly);
    expect(stale.status).toBe(200);
    expect(stale.json).toEqual([{ id: 1, label: "plain" }]);
    expect(stale.cacheStatus).toBe("tidemark; hit; detail=stale-if-error; unproven");
    stack.supabase.setDown(false);
    await until(
      "the change is there",
      async () => (await stack.read(sample(1), strictly)).json[0].label === "changed",
    );
    await until("it is a hit", () => hit(sample(1)));
  });

  it("a changed key of a table without staleIfError gets a 502, then heals", async () => {
    await stack.read(article(3));
    await stack.change("update articles set views = 3 where id = 3");
    stack.supabase.setDown(true);
    const refused = await stack.read(article(3), strictly);
    expect(refused.status).toBe(502);
    stack.supabase.setDown(false);
    await until("the change is there", async () => {
      const answer = await stack.read(article(3), strictly);
      return answer.status === 200 && answer.json[0].views === 3;
    });
    await until("it is a hit", () => hit(article(3)));
  });

  it("a purged key is not served as staleIfError", async () => {
    await stack.read(sample(2));
    expect((await stack.admin("purge", { table: "samples" })).status).toBe(200);
    stack.supabase.setDown(true);
    expect((await stack.read(sample(2))).status).toBe(502);
  });

  it("bypassed and passed-through requests get a clear 502", async () => {
    stack.supabase.setDown(true);
    for (const [target, init] of [
      ["/rest/v1/nowhere?select=id", {}],
      ["/rest/v1/articles", { method: "POST", body: "{}", headers: { "content-type": "application/json" } }],
      ["/auth/v1/settings", {}],
    ] as const) {
      const answer = await stack.read(target, init);
      expect(answer.status).toBe(502);
      expect(answer.json.code).toBe("origin-unreachable");
    }
  });

  it("a hundred readers of a missing key all get an answer, and all recover", async () => {
    stack.supabase.setDown(true);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => stack.read(article(30 + (n % 10)))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([502]));
    stack.supabase.setDown(false);
    for (let id = 30; id < 40; id++) expect((await stack.read(article(id))).status).toBe(200);
  });
});

describe("an origin that answers with errors", () => {
  it("a 500 is passed on and not kept", async () => {
    stack.origin.instead = () => Response.json({ message: "broken" }, { status: 500 });
    const broken = await stack.read(article(50));
    expect(broken.status).toBe(500);
    expect(broken.json).toEqual({ message: "broken" });
    expect(broken.headers.get("cache-control")).toBe("no-store");
    stack.origin.instead = () => undefined;
    expect((await stack.read(article(50))).status).toBe(200);
  });

  it("a 503 with staleIfError gives the older answer, labelled", async () => {
    await stack.read(sample(4));
    await stack.change("update samples set label = 'new' where id = 4");
    stack.origin.instead = () => new Response("overloaded", { status: 503 });
    const stale = await stack.read(sample(4), strictly);
    expect(stale.status).toBe(200);
    expect(stale.cacheStatus).toBe("tidemark; hit; detail=stale-if-error; unproven");
    stack.origin.instead = () => undefined;
    await until(
      "the change is there",
      async () => (await stack.read(sample(4), strictly)).json[0].label === "new",
    );
  });

  it("an answer that breaks off in the middle is not kept", async () => {
    stack.origin.instead = () =>
      new Response(brokenOff(), { headers: { "content-type": "application/json" } });
    const broken = await stack.read(article(51)).catch(() => null);
    expect(broken?.status ?? 502).toBe(502);
    stack.origin.instead = () => undefined;
    const healed = await stack.read(article(51));
    expect(healed.status).toBe(200);
    expect(healed.json[0].id).toBe(51);
  });
});

/** Breaks off after more pieces than the server reads before it sends the headers: else it would answer with a 500. */
function brokenOff(): ReadableStream {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent++ === 10) controller.error(new Error("The test cuts it"));
      else controller.enqueue(new TextEncoder().encode('[{"id":'));
    },
  });
}
