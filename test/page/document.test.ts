import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import { ask, settings, workers } from "../../testing/gateway/stack.ts";

/** As the plan promises it. */
const MOST_COMPRESSED = 80_000;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({
    entry: workers.plain,
    env: settings("http://127.0.0.1:1"),
    onLog: () => {},
  });
});

afterAll(() => gateway?.stop());

const get = (path: string, init?: RequestInit) => ask(`${gateway.url}${path}`, init);

describe("the page's document", () => {
  it("is small", async () => {
    const { body } = await get("/_tidemark/");
    expect(body.length).toBeGreaterThan(20_000);
    expect(gzipSync(body).length).toBeLessThanOrEqual(MOST_COMPRESSED);
    expect(brotliCompressSync(body).length).toBeLessThanOrEqual(MOST_COMPRESSED);
  });

  it("is HTML that may load nothing, be framed by nobody and send its address nowhere", async () => {
    const { status, headers } = await get("/_tidemark/");
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const policy = headers.get("content-security-policy") ?? "";
    for (const part of [
      "default-src 'none'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]) {
      expect(policy.split("; ")).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("set-cookie")).toBeNull();
  });

  it("names nothing outside itself, and has no inline handler", async () => {
    const html = (await get("/_tidemark/")).body.toString();
    const tags = html.replace(/<(script|style)>[\s\S]*?<\/\1>/g, "<$1>").match(/<[^>]*>/g) ?? [];
    expect(tags.filter((tag) => /\son\w+=|src=|href="(?!data:)|style=/.test(tag))).toEqual([]);
  });

  it("has the script and the styles whose hashes the policy lists, and no others", async () => {
    const { body, headers } = await get("/_tidemark/");
    const policy = headers.get("content-security-policy") ?? "";
    const inline = [...body.toString().matchAll(/<(script|style)>([\s\S]*?)<\/\1>/g)];
    expect(inline.map(([, kind]) => kind)).toEqual(["style", "script"]);
    for (const [, kind, text = ""] of inline) {
      const hash = createHash("sha256").update(text).digest("base64");
      expect(policy).toContain(`${kind}-src 'sha256-${hash}'`);
    }
  });

  it("answers HEAD, refuses what writes, and is found without its slash", async () => {
    const head = await get("/_tidemark/", { method: "HEAD" });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    const post = await get("/_tidemark/", { method: "POST" });
    expect([post.status, post.json.code, post.headers.get("allow")]).toEqual([
      405,
      "method-not-allowed",
      "GET, HEAD",
    ]);
    const bare = await get("/_tidemark");
    expect([bare.status, bare.headers.get("location")]).toEqual([308, "/_tidemark/"]);
  });

  it("tells nothing of the project to who shows no secret", async () => {
    const html = (await get("/_tidemark/")).body.toString();
    for (const value of Object.values(settings("http://127.0.0.1:1"))) expect(html).not.toContain(value);
    expect((await get("/_tidemark/config")).status).toBe(401);
  });
});
