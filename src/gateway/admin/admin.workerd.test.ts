import { describe, expect, it } from "vitest";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import { handleWebhook } from "../changes/webhook.ts";
import { refuseWithout } from "../http/secret.ts";

const secret = (header: string) =>
  refuseWithout(
    "a secret of workerd",
    "TIDEMARK_ADMIN_SECRET",
    new Request("https://a/", { headers: { authorization: header } }),
  );

describe("in workerd", () => {
  it("secrets are compared", async () => {
    expect(await secret("Bearer a secret of workerd")).toBeNull();
    expect((await secret("Bearer a secret of workerd2"))?.status).toBe(401);
  });

  it("a webhook is counted while it streams", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const flood = (async () => {
      for (;;) await writer.write(new Uint8Array(65_536));
    })().catch(() => "stopped");
    const request = new Request("https://a/_tidemark/webhook", {
      method: "POST",
      headers: { authorization: "Bearer a secret of workerd", "content-type": "application/json" },
      body: readable,
    });
    const response = await handleWebhook(request, {
      env: { TIDEMARK_WEBHOOK_SECRET: "a secret of workerd" },
      keeper: () => ({}) as KeeperCalls,
    });
    expect(response.status).toBe(413);
    expect(await flood).toBe("stopped");
  });
});
