import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import { rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import { ask, PUBLISHABLE_KEY, settings, workers } from "../../testing/gateway/stack.ts";
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

const bytes = Buffer.from(Array.from({ length: 4_096 }, (_, n) => (n * 31) % 256));

describe("what arrives at Supabase", () => {
  it.each([
    ["POST", "/rest/v1/articles?select=id"],
    ["PATCH", "/rest/v1/articles?id=eq.1"],
    ["PUT", "/rest/v1/articles?id=eq.1"],
    ["DELETE", "/rest/v1/articles?id=eq.1"],
    ["POST", "/rest/v1/rpc/search"],
    ["POST", "/auth/v1/token?grant_type=password"],
    ["PUT", "/storage/v1/object/bucket/a%20file%20%C3%BC.png"],
    ["POST", "/functions/v1/hello/deep/path?a=1&a=2&b=%2F%3F"],
    ["POST", "/graphql/v1"],
  ])("%s %s: method, path, query, headers and body, byte for byte", async (method, target) => {
    const answer = await ask(gateway.url + target, {
      method,
      body: bytes,
      headers: {
        apikey: PUBLISHABLE_KEY,
        authorization: "Bearer a.user.token",
        "content-type": "application/octet-stream",
        prefer: "return=representation",
        "x-upsert": "true",
        "content-profile": "archive",
        cookie: "a=1; b=2",
      },
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      method,
      target,
      body: bytes.toString("base64"),
      headers: {
        apikey: PUBLISHABLE_KEY,
        authorization: "Bearer a.user.token",
        "content-type": "application/octet-stream",
        prefer: "return=representation",
        "x-upsert": "true",
        "content-profile": "archive",
        cookie: "a=1; b=2",
        host: new URL(origin.url).host,
      },
    });
    expect(answer.cacheStatus).toBe("tidemark; fwd=method");
  });

  it.each([
    "/auth/v1/user",
    "/storage/v1/object/public/b/x",
    "/functions/v1/hello",
    "/rest/v1/rpc/search?term=x",
    "/rest/v1/",
  ])("GET %s is passed on, each time", async (target) => {
    for (let round = 0; round < 2; round++) {
      const answer = await ask(gateway.url + target, { headers: { apikey: PUBLISHABLE_KEY } });
      expect(answer.json).toMatchObject({ method: "GET", target });
      expect(answer.cacheStatus).toMatch(/^tidemark; fwd=bypass/);
    }
    expect(origin.arrived.length).toBe(2);
  });

  it("HEAD and OPTIONS that are no preflight are passed on unchanged", async () => {
    await ask(`${gateway.url}/storage/v1/object/b/x`, { method: "HEAD" });
    await ask(`${gateway.url}/rest/v1/articles`, { method: "OPTIONS" });
    expect(origin.arrived.map(({ method }) => method)).toEqual(["HEAD", "OPTIONS"]);
  });

  it("the connection's headers, and those that Connection names, are not passed on", async () => {
    await sendRaw(
      gateway.url,
      [
        "POST /functions/v1/hop HTTP/1.1",
        "Host: gateway.test",
        "Connection: close, x-mine",
        "Keep-Alive: timeout=9",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic c2VjcmV0",
        "TE: trailers",
        "Upgrade: h2c",
        "X-Mine: for this hop",
        "X-Other: end to end",
        "Content-Length: 2",
        "",
        "{}",
      ].join("\r\n"),
    );
    const headers = origin.arrived[0]?.headers ?? {};
    for (const name of ["proxy-authorization", "proxy-connection", "te", "upgrade", "x-mine"]) {
      expect(headers, name).not.toHaveProperty(name);
    }
    expect(headers["keep-alive"]).not.toBe("timeout=9");
    expect(headers["x-other"]).toBe("end to end");
  });

  it("Connection may not name what judges a request away", async () => {
    await sendRaw(
      gateway.url,
      rawRequest("DELETE /rest/v1/articles?id=eq.1 HTTP/1.1", [
        "Connection: apikey, authorization",
        `apikey: ${PUBLISHABLE_KEY}`,
        "Authorization: Bearer a.user.token",
      ]),
    );
    expect(origin.arrived[0]?.headers).toMatchObject({
      apikey: PUBLISHABLE_KEY,
      authorization: "Bearer a.user.token",
    });
  });

  it("the client's address ends X-Forwarded-For, after any that the client claimed", async () => {
    // Locally the address comes from a header; Cloudflare sets that itself and drops what a client sends.
    await ask(`${gateway.url}/functions/v1/ip`, {
      method: "POST",
      headers: { "cf-connecting-ip": "203.0.113.7", "x-forwarded-for": "198.51.100.1" },
    });
    expect(origin.arrived[0]?.headers["x-forwarded-for"]).toBe("198.51.100.1, 203.0.113.7");
  });

  it("X-Forwarded-Host and -Proto are the gateway's own, whatever a client claims", async () => {
    await ask(`${gateway.url}/auth/v1/authorize`, {
      headers: { "x-forwarded-host": "evil.example", "x-forwarded-proto": "ftp" },
    });
    expect(origin.arrived[0]?.headers["x-forwarded-host"]).toBe(new URL(gateway.url).host);
    expect(origin.arrived[0]?.headers["x-forwarded-proto"]).toBe("http");
  });

  it("an upload streams: the origin reads the first part before the last is sent", async () => {
    const firstPart = Promise.withResolvers<string>();
    origin.handle = async (request, response) => {
      let all = "";
      for await (const chunk of request) {
        all += chunk;
        firstPart.resolve(all);
      }
      response.end(String(all.length));
    };
    const upload = httpRequest(`${gateway.url}/storage/v1/object/b/big`, { method: "POST" });
    const answer = new Promise<string>((resolve) => {
      upload.on("response", async (response) => {
        let text = "";
        for await (const chunk of response) text += chunk;
        resolve(text);
      });
    });
    upload.write("first;");
    expect(await firstPart.promise).toBe("first;");
    upload.end("last");
    expect(await answer).toBe("10");
  });

  it("ten megabytes arrive whole", async () => {
    const big = Buffer.alloc(10_000_000, "0123456789");
    const answer = await ask(`${gateway.url}/storage/v1/object/b/big`, { method: "PUT", body: big });
    expect(Buffer.from(answer.json.body, "base64").equals(big)).toBe(true);
  });
});
