import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import {
  ADMIN_SECRET,
  ask,
  askHealth,
  PUBLISHABLE_KEY,
  WEBHOOK_SECRET,
  workers,
} from "../../testing/gateway/stack.ts";
import { bearer, CHANGE, expectProblem, JSON_TYPE, SETTINGS } from "./admin-calls.ts";

let gateway: Gateway;
let unset: Gateway;
let short: Gateway;

const SHORT = "fifteen letters";

beforeAll(async () => {
  const { TIDEMARK_ADMIN_SECRET: _admin, TIDEMARK_WEBHOOK_SECRET: _webhook, ...without } = SETTINGS;
  const tooShort = { TIDEMARK_ADMIN_SECRET: SHORT, TIDEMARK_WEBHOOK_SECRET: SHORT };
  [gateway, unset, short] = await Promise.all([
    startGateway({ entry: workers.plain, env: SETTINGS, onLog: () => {} }),
    startGateway({ entry: workers.plain, env: { ...without, TIDEMARK_ADMIN_SECRET: " " }, onLog: () => {} }),
    startGateway({ entry: workers.plain, env: { ...SETTINGS, ...tooShort }, onLog: () => {} }),
  ]);
});

afterAll(async () => {
  await gateway?.stop();
  await unset?.stop();
  await short?.stop();
});

describe("secrets", () => {
  const endpoints: [method: string, path: string][] = [
    ["POST", "purge"],
    ["POST", "warm"],
    ["GET", "entries"],
    ["GET", "stats"],
    ["POST", "stats/reset"],
    ["POST", "mode"],
    ["POST", "explain"],
    ["POST", "webhook"],
  ];

  it.each(endpoints)("%s %s refuses without the right one", async (method, path) => {
    const secret = path === "webhook" ? WEBHOOK_SECRET : ADMIN_SECRET;
    const other = path === "webhook" ? ADMIN_SECRET : WEBHOOK_SECRET;
    const wrong: Record<string, string>[] = [
      {},
      bearer("wrong"),
      bearer(""),
      bearer(other),
      bearer(secret.slice(0, -1)),
      bearer(`${secret}x`),
      bearer(secret.toUpperCase()),
      bearer(`${secret}, Bearer ${secret}`),
      { authorization: secret },
      { authorization: `Basic ${btoa(`:${secret}`)}` },
      { apikey: secret },
      { "x-tidemark-secret": secret },
      bearer(PUBLISHABLE_KEY),
    ];
    for (const headers of wrong) {
      const body = method === "POST" ? { body: JSON.stringify({ all: true, ...CHANGE }) } : {};
      const answer = await ask(`${gateway.url}/_tidemark/${path}`, {
        method,
        headers: { ...JSON_TYPE, ...headers },
        ...body,
      });
      expectProblem(answer, 401, "unauthorized");
      expect(answer.body.toString()).not.toContain(secret);
    }
  });

  it("one in the query is not taken", async () => {
    const answer = await ask(
      `${gateway.url}/_tidemark/stats?secret=${ADMIN_SECRET}&authorization=Bearer%20${ADMIN_SECRET}`,
    );
    expectProblem(answer, 401, "unauthorized");
  });

  it.each(endpoints)("%s %s refuses every caller while its secret is not set", async (method, path) => {
    for (const headers of [{}, bearer(""), bearer(" "), bearer("undefined"), bearer("demo")]) {
      const body = method === "POST" ? { body: "{}" } : {};
      const answer = await ask(`${unset.url}/_tidemark/${path}`, {
        method,
        headers: { ...JSON_TYPE, ...headers },
        ...body,
      });
      expectProblem(answer, 403, "secret-not-set");
    }
  });

  it.each(endpoints)("%s %s refuses every caller while its secret is too short", async (method, path) => {
    for (const headers of [{}, bearer("wrong"), bearer(SHORT)]) {
      const body = method === "POST" ? { body: "{}" } : {};
      const answer = await ask(`${short.url}/_tidemark/${path}`, {
        method,
        headers: { ...JSON_TYPE, ...headers },
        ...body,
      });
      expectProblem(answer, 403, "secret-too-short");
      expect(answer.body.toString()).not.toContain(SHORT);
    }
  });

  it("health is public, and tells nothing but health", async () => {
    for (const { url } of [gateway, unset]) {
      const answer = await askHealth(url);
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({ status: "ok", mode: "on" });
      expect(answer.body.toString()).not.toMatch(/secret|sb_|127\.0\.0\.1/);
    }
  });
});
