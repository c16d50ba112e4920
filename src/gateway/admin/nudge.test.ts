import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, it } from "vitest";
import { ADMIN, type Ask, adminOf, around, ask, reset } from "./testing/admin-bench.ts";

beforeEach(reset);

describe("a nudge", () => {
  const secret = `whsec_${btoa("a secret of twenty-four bytes")}`;
  const to = adminOf({ TIDEMARK_NUDGE_SECRET: secret });
  const body = '{"type":"tidemark.nudge"}';

  function signed(by = secret, at = new Date()): Record<string, string> {
    const id = "msg_1";
    return {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
      "webhook-signature": new Webhook(by).sign(id, at, body),
    };
  }

  const nudge = (headers: Record<string, string>, more: Ask = {}) =>
    ask("nudge", { body, headers, secret: null, to, ...more });

  it("is accepted when it is signed", async () => {
    expect((await nudge(signed())).status).toBe(202);
    expect(around.calls).toEqual([["nudge"]]);
  });

  it.each<[string, () => Record<string, string>, Ask]>([
    ["without a signature", () => ({}), {}],
    ["with another's signature", () => signed(`whsec_${btoa("another secret of 24 bytes!")}`), {}],
    ["of an hour ago", () => signed(secret, new Date(Date.now() - 3_600_000)), {}],
    ["with another body", () => signed(), { body: '{"type": "tidemark.nudge"}' }],
    ["with the admin's secret instead", () => ({}), { secret: ADMIN }],
    ["when the secret is none", () => signed(), { to: adminOf({ TIDEMARK_NUDGE_SECRET: "%".repeat(40) }) }],
  ])("is refused %s", async (_, headers, more) => {
    const { status, json } = await nudge(headers(), more);
    expect([status, json.code]).toEqual([401, "unauthorized"]);
    expect(around.calls).toEqual([]);
  });

  it.each([8, 15])("is refused while its secret has %i bytes, even if correctly signed", async (bytes) => {
    const short = `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
    const { status, json } = await nudge(signed(short), { to: adminOf({ TIDEMARK_NUDGE_SECRET: short }) });
    expect([status, json.code]).toEqual([403, "secret-too-short"]);
    expect(around.calls).toEqual([]);
  });

  it("is refused while no secret is set", async () => {
    const { json } = await nudge(signed(), { to: adminOf({}) });
    expect(json.code).toBe("secret-not-set");
  });

  it("may not be too long, and says so when the keeper is away", async () => {
    expect((await nudge(signed(), { body: "x".repeat(5_000) })).json.code).toBe("body-too-large");
    around.failures = 2;
    expect((await nudge(signed())).json.code).toBe("keeper-unavailable");
    expect((await ask("nudge", { to, method: "GET" })).json.code).toBe("method-not-allowed");
  });
});
