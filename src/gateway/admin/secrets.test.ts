import { beforeEach, describe, expect, it } from "vitest";
import { ADMIN, adminOf, around, ask, CHANGE, HOOK, hook, reset } from "./testing/admin-bench.ts";

beforeEach(reset);

describe("secrets", () => {
  it.each([
    ["stats", {}],
    ["entries", {}],
    ["purge", { body: { all: true } }],
    ["warm", { body: { queries: ["/rest/v1/articles"] } }],
    ["mode", { body: { mode: "off" } }],
    ["explain", { body: { query: "/rest/v1/articles" } }],
    ["stats/reset", { method: "POST" }],
    ["webhook", { body: CHANGE }],
  ])(
    "guard %s: a missing or wrong one is refused, and an unset one refuses every caller",
    async (path, asked) => {
      for (const secret of [null, "", "wrong", `${ADMIN} ${HOOK}`, ADMIN.slice(0, -1), `${HOOK}2`]) {
        const { response, status, json } = await ask(path, { ...asked, secret });
        expect(status).toBe(401);
        expect(json.code).toBe("unauthorized");
        expect(response.headers.get("www-authenticate")).toContain("Bearer");
      }
      for (const env of [{}, { TIDEMARK_ADMIN_SECRET: "", TIDEMARK_WEBHOOK_SECRET: " " }]) {
        for (const secret of [null, "", "undefined"]) {
          const { status, json } = await ask(path, {
            ...asked,
            secret,
            to: adminOf(env as Record<string, string>),
          });
          expect(status).toBe(403);
          expect(json.code).toBe("secret-not-set");
        }
      }
      expect(around.calls).toEqual([]);
      expect(around.warmed).toEqual([]);
    },
  );

  it.each([
    ["stats", {}],
    ["purge", { body: { all: true } }],
    ["webhook", { body: CHANGE }],
  ])(
    "guard %s: one shorter than 16 characters counts as unset, even for a caller that knows it",
    async (path, asked) => {
      for (const short of ["x", "hunter2", "123456789012345", "  123456789012345  ", "🔑🔑🔑🔑🔑🔑🔑🔑"]) {
        const to = adminOf({ TIDEMARK_ADMIN_SECRET: short, TIDEMARK_WEBHOOK_SECRET: short });
        const { status, json } = await ask(path, {
          ...asked,
          secret: /^ *[ -~]+$/.test(short) ? short : null,
          to,
        });
        expect([status, json.code]).toEqual([403, "secret-too-short"]);
        expect(JSON.stringify(json)).not.toContain(short.trim());
        expect(json.detail).toMatch(/wrangler secret put TIDEMARK_(?:ADMIN|WEBHOOK)_SECRET/);
      }
      const enough = "1234567890123456";
      const to = adminOf({ TIDEMARK_ADMIN_SECRET: enough, TIDEMARK_WEBHOOK_SECRET: ` ${enough} ` });
      expect((await ask(path, { ...asked, secret: enough, to })).status).toBe(200);
    },
  );

  it("are not interchangeable, and other schemes are refused", async () => {
    expect((await ask("stats", { secret: HOOK })).status).toBe(401);
    expect((await hook(CHANGE, { secret: ADMIN })).status).toBe(401);
    expect((await ask("stats", { headers: { authorization: `Basic ${ADMIN}` } })).status).toBe(401);
    expect((await ask(`stats?secret=${encodeURIComponent(ADMIN)}`, { secret: null })).status).toBe(401);
    expect((await ask("stats", { headers: { authorization: `bearer  ${ADMIN}` } })).status).toBe(200);
  });
});
