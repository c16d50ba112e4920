import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askHealth, type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

const ISOLATES = ["one", "two"];

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ entry: workers.patient, isolates: ISOLATES });
});

afterAll(() => stack?.stop());

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;
const status = async (target: string, at = "one") =>
  (await stack.read(target, { at })).cacheStatus.replace("; unproven", "");

async function setMode(mode: string): Promise<void> {
  const answer = await stack.admin("mode", { mode });
  expect(answer.json).toEqual({ mode });
}

describe("mode off", () => {
  it("switches the cache off at once in the isolate that was told, and in the others when they sync", async () => {
    for (const at of ISOLATES) await stack.read(article(1), { at });
    await setMode("off");
    expect(await status(article(1))).toBe("tidemark; fwd=bypass; detail=mode-off");
    await until("the other isolate has learnt it", async () => {
      // An answer that is proven for an hour needs no sync; a strict read does.
      await stack.read(article(2), { at: "two", headers: { "cache-control": "no-cache" } });
      return (await status(article(1), "two")) === "tidemark; fwd=bypass; detail=mode-off";
    });
    expect((await askHealth(stack.gateway.url)).json).toMatchObject({ mode: "off" });
  });

  it("every read is the origin's own", async () => {
    stack.webhooks.pause();
    await stack.supabase.db.query("update articles set views = 111 where id = 1");
    stack.webhooks.lose();
    for (const at of ISOLATES) expect((await stack.read(article(1), { at })).json[0].views).toBe(111);
  });

  it("changes are ingested meanwhile, so nothing old is served once it is on again", async () => {
    await stack.change("update articles set views = 1111 where id = 1");
    await stack.change("update articles set views = 2222 where id = 2");
    await setMode("on");
    await until("it is on again everywhere", async () => {
      for (const at of ISOLATES) {
        const answer = await stack.read(article(1), { at, headers: { "cache-control": "no-cache" } });
        expect(answer.json[0].views).toBe(1_111);
        if (answer.cacheStatus.includes("mode-off")) return false;
      }
      return true;
    });
    expect(await status(article(1))).toMatch(/; hit/);
  });
});

describe("mode shadow", () => {
  it("the origin answers every read, and the cache is kept warm beside it", async () => {
    await setMode("shadow");
    for (let n = 0; n < 3; n++)
      expect(await status(article(5))).toBe("tidemark; fwd=bypass; detail=mode-shadow");
    await until("reads were compared", async () => {
      await stack.read(article(5));
      return (await stack.admin("stats")).json.shadowReads > 0;
    });
    expect((await stack.admin("stats")).json.shadowWrong).toBe(0);
  });

  it("a reported change is no wrong hit", async () => {
    await stack.change("update articles set views = 555 where id = 5");
    for (let n = 0; n < 5; n++) expect((await stack.read(article(5))).json[0].views).toBe(555);
    expect((await stack.admin("stats")).json.shadowWrong).toBe(0);
  });

  it("an unreported change is counted as a hit that would have been wrong", async () => {
    await stack.admin("stats/reset", {});
    await until("the cache beside holds the old row", async () => {
      await stack.read(article(6));
      return (await stack.admin("stats")).json.shadowReads > 0;
    });
    stack.webhooks.pause();
    await stack.supabase.db.query("update articles set views = 666 where id = 6");
    stack.webhooks.lose();
    await until("a wrong hit is counted", async () => {
      expect((await stack.read(article(6))).json[0].views).toBe(666);
      return (await stack.admin("stats")).json.shadowWrong > 0;
    });
  });

  it("and on again, it serves", async () => {
    await setMode("on");
    await stack.read(article(7));
    expect(await status(article(7))).toMatch(/; hit/);
  });
});

describe("the setting TIDEMARK_MODE", () => {
  it("off works whatever the keeper says, and no admin weakens it", async () => {
    const other = await startStack({ entry: workers.patient, env: { TIDEMARK_MODE: "off" } });
    try {
      await other.admin("mode", { mode: "on" });
      for (let n = 0; n < 2; n++) {
        expect((await other.read(article(1))).cacheStatus).toBe("tidemark; fwd=bypass; detail=mode-off");
      }
      expect((await other.read("/_tidemark/health")).json).toMatchObject({ mode: "off" });
    } finally {
      await other.stop();
    }
  });
});
