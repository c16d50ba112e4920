import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import { rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import { ask, settings, workers } from "../../testing/gateway/stack.ts";
import { type NodeOrigin, startNodeOrigin } from "../../testing/origins/node-origin.ts";

let origin: NodeOrigin;
let gateway: Gateway;

beforeAll(async () => {
  origin = await startNodeOrigin();
  gateway = await startGateway({ entry: workers.plain, env: settings(origin.url), onLog: () => {} });
});

afterAll(async () => {
  await gateway?.stop();
  await origin?.stop();
});

beforeEach(() => origin.reset());

describe("what comes back", () => {
  it("streams: the client reads the first part before the last is sent", async () => {
    const last = Promise.withResolvers<void>();
    origin.handle = async (_request, response) => {
      response.write("data: first\n\n");
      await last.promise;
      response.end("data: last\n\n");
    };
    const response = await fetch(`${gateway.url}/functions/v1/stream`, { method: "POST" });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const text = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await text()).toBe("data: first\n\n");
    last.resolve();
    expect(await text()).toBe("data: last\n\n");
  });

  it("gzip stays what it is", async () => {
    const zipped = gzipSync("hello ".repeat(1_000));
    origin.handle = (_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": zipped.length, etag: '"z"' });
      response.end(zipped);
    };
    const answer = await sendRaw(
      gateway.url,
      rawRequest("GET /storage/v1/object/b/z HTTP/1.1", ["Accept-Encoding: gzip"]),
    );
    expect(answer.header("content-encoding")).toBe("gzip");
    expect(gunzipSync(answer.body).toString()).toBe("hello ".repeat(1_000));
    expect(answer.header("etag")).toBe('"z"');
  });

  it("redirects are not followed", async () => {
    origin.handle = async (request, response) => {
      await origin.arrive(request);
      response.writeHead(302, { location: "https://provider.example/authorize?x=1" }).end();
    };
    const answer = await ask(`${gateway.url}/auth/v1/authorize?provider=github`);
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe("https://provider.example/authorize?x=1");
    expect(origin.arrived.length).toBe(1);
  });

  it("Set-Cookie is untouched, one header each", async () => {
    const cookies = [
      "sb=1; Path=/; HttpOnly; SameSite=Lax",
      "__cf_bm=x; Expires=Wed, 09 Jun 2027 10:18:14 GMT",
    ];
    origin.handle = (_request, response) => {
      response.writeHead(200, { "set-cookie": cookies }).end();
    };
    const answer = await ask(`${gateway.url}/auth/v1/callback`);
    expect(answer.headers.getSetCookie()).toEqual(cookies);
  });

  it("status, reason and headers of errors are untouched", async () => {
    origin.handle = (_request, response) => {
      response.writeHead(429, "Too Many Requests", {
        "retry-after": "9",
        "x-sb-error-code": "over_request_rate_limit",
      });
      response.end('{"code":429}');
    };
    const answer = await ask(`${gateway.url}/auth/v1/otp`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("9");
    expect(answer.headers.get("x-sb-error-code")).toBe("over_request_rate_limit");
    expect(answer.json).toEqual({ code: 429 });
  });

  it("the origin's connection headers stay with it", async () => {
    origin.handle = (_request, response) => {
      response.writeHead(200, {
        connection: "x-hop, close",
        "x-hop": "1",
        "proxy-authenticate": "Basic",
        "x-end": "1",
      });
      response.end("{}");
    };
    const { headers } = await ask(`${gateway.url}/functions/v1/x`, { method: "POST" });
    expect(headers.get("x-hop")).toBeNull();
    expect(headers.get("proxy-authenticate")).toBeNull();
    expect(headers.get("x-end")).toBe("1");
  });

  it("204 and 304 come without a body, a partial download with its range", async () => {
    origin.handle = (request, response) => {
      if (request.headers.range) {
        response.writeHead(206, { "content-range": "bytes 0-3/10", "accept-ranges": "bytes" }).end("0123");
      } else response.writeHead(request.headers["if-none-match"] ? 304 : 204).end();
    };
    const part = await ask(`${gateway.url}/storage/v1/object/b/x`, { headers: { range: "bytes=0-3" } });
    expect([part.status, part.body.toString(), part.headers.get("content-range")]).toEqual([
      206,
      "0123",
      "bytes 0-3/10",
    ]);
    const headers = { "if-none-match": '"x"' };
    expect((await ask(`${gateway.url}/storage/v1/object/b/x`, { headers })).status).toBe(304);
    expect((await ask(`${gateway.url}/rest/v1/articles`, { method: "DELETE" })).status).toBe(204);
  });

  it("an origin that closes without an answer is a 502 problem, and the next request works", async () => {
    origin.handle = (_request, response) => {
      response.destroy();
    };
    const answer = await ask(`${gateway.url}/functions/v1/x`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(502);
    expect(answer.json.code).toBe("origin-unreachable");
    origin.reset();
    expect((await ask(`${gateway.url}/functions/v1/x`, { method: "POST", body: "{}" })).status).toBe(200);
  });

  it("a path that Supabase does not have is not passed on", async () => {
    for (const target of ["/", "/favicon.ico", "/admin/v1/x", "/rest/v2/articles", "/restx/v1/articles"]) {
      const answer = await ask(gateway.url + target);
      expect(answer.status).toBe(404);
      expect(answer.json.code).toBe("no-such-path");
    }
    expect(origin.arrived).toEqual([]);
  });
});
