import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../../testing/patience.ts";
import {
  answering,
  gateway,
  miniflare,
  raw,
  seen,
  startPassThrough,
  stopPassThrough,
} from "./testing/origin-and-worker.ts";

beforeAll(startPassThrough);
afterAll(stopPassThrough);

describe("passing through", () => {
  it("passes a write on unchanged, and its answer back", async () => {
    answering((_, response) => {
      response.writeHead(
        201,
        "Made",
        [
          ["Location", "/articles?id=eq.1"],
          ["Content-Type", "application/json"],
          ["Access-Control-Expose-Headers", "X-Own"],
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2; Path=/"],
        ].flat(),
      );
      response.end('[{"id": 1}]');
    });
    const response = await fetch(new URL("/rest/v1/articles?select=%22a%22,b&or=(a.eq.1)", gateway), {
      method: "POST",
      headers: {
        apikey: "k",
        prefer: "return=representation",
        "x-own": "1",
        "content-type": "application/json",
      },
      body: '{"title": "ü"}',
    });
    expect(seen[0]).toMatchObject({
      method: "POST",
      url: "/rest/v1/articles?select=%22a%22,b&or=(a.eq.1)",
      headers: {
        apikey: "k",
        prefer: "return=representation",
        "x-own": "1",
        "content-length": "15",
        "x-forwarded-host": gateway.host,
        "x-forwarded-proto": "http",
      },
      body: Buffer.from('{"title": "ü"}'),
    });
    expect(seen[0]?.headers).not.toHaveProperty("cache-control");
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe("/articles?id=eq.1");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2; Path=/"]);
    expect(response.headers.get("cache-status")).toBe("tidemark; fwd=method");
    expect(response.headers.get("access-control-expose-headers")).toMatch(/Cache-Status.*X-Own/);
    expect(await response.text()).toBe('[{"id": 1}]');
  });

  it("names the reason for a bypass, and leaves other products' CORS alone", async () => {
    answering((_, response) =>
      response.setHeader("access-control-allow-origin", "https://x.example").end("ok"),
    );
    const read = await fetch(new URL("/rest/v1/a", gateway), { headers: { "test-reason": "user-token" } });
    expect(read.headers.get("cache-status")).toBe("tidemark; fwd=bypass; detail=user-token");
    expect(read.headers.get("access-control-allow-origin")).toBe("*");
    const auth = await fetch(new URL("/auth/v1/user", gateway));
    expect(auth.headers.get("cache-status")).toBe("tidemark; fwd=bypass");
    expect(auth.headers.get("access-control-allow-origin")).toBe("https://x.example");
    expect(auth.headers.get("access-control-expose-headers")).toBe("Cache-Status");
  });

  it("leaves an encoded body as it is", async () => {
    const body = gzipSync("hello ".repeat(1_000));
    answering((_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(body));
    const answer = await raw(
      "GET /rest/v1/a HTTP/1.1\nHost: a\nAccept-Encoding: gzip\nConnection: close\n\n",
    );
    expect(answer.toLowerCase()).toContain("content-encoding: gzip");
    const response = await fetch(new URL("/rest/v1/a", gateway));
    expect(await response.text()).toBe("hello ".repeat(1_000));
    expect(gunzipSync(body).toString()).toBe("hello ".repeat(1_000));
  });

  it.each([204, 304, 302, 404, 416, 500])("passes a %i on", async (status) => {
    answering((_, response) => response.writeHead(status, { location: "https://elsewhere.example/" }).end());
    const response = await fetch(new URL("/auth/v1/verify", gateway), { redirect: "manual" });
    expect(response.status).toBe(status);
    expect(response.headers.get("location")).toBe("https://elsewhere.example/");
  });

  it("passes HEAD on with the length of the omitted body", async () => {
    answering((_, response) =>
      response.writeHead(200, { "content-length": "1234", "content-range": "0-9/*" }).end(),
    );
    const response = await fetch(new URL("/rest/v1/a", gateway), { method: "HEAD" });
    expect(response.headers.get("content-range")).toBe("0-9/*");
    expect(response.headers.get("content-length")).toBe("1234");
  });

  it("streams both ways without waiting for either end", async () => {
    answering((request, response) => request.pipe(response));
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const asked = fetch(new URL("/storage/v1/echo", gateway), {
      method: "POST",
      body: readable,
      duplex: "half",
    } as RequestInit);
    await writer.write(new TextEncoder().encode("first"));
    const reader = (await asked).body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("first");
    await writer.write(new TextEncoder().encode("second"));
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("second");
    await writer.close();
    expect((await reader?.read())?.done).toBe(true);
  });

  it("carries a large body unchanged", async () => {
    const large = crypto.getRandomValues(new Uint8Array(65_536));
    const body = Buffer.concat(Array.from({ length: 80 }, () => large));
    answering((_, response) => response.end(body));
    const response = await fetch(new URL("/storage/v1/object/a/b", gateway), { method: "PUT", body });
    expect(seen[0]?.body.equals(body)).toBe(true);
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
  });

  it("carries a WebSocket", async () => {
    const socket = new WebSocket(`ws://${gateway.host}/realtime/v1/websocket?apikey=k`);
    await once(socket, "open");
    socket.send("tide");
    const [message] = await once(socket, "message");
    expect(message.data).toBe("tide");
    socket.close();
    await once(socket, "close");
  });

  it("answers a clear 502 if Supabase cannot be reached", async () => {
    const lost = await miniflare.unsafeGetDirectURL("lost");
    for (const path of ["/rest/v1/a", "/storage/v1/a", "/realtime/v1/websocket"]) {
      const response = await fetch(new URL(path, lost), { method: "POST", body: "x" });
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({ code: "origin-unreachable" });
    }
  });

  it("answers 504 where a fill would have, and lets other requests wait longer", async () => {
    answering(() => {});
    const asked = (reason: string) =>
      fetch(new URL("/rest/v1/a", gateway), { headers: { "test-reason": reason, "test-origin-ms": "200" } });
    const owed = await asked("keeper-failed");
    expect(owed.status).toBe(504);
    expect(await owed.json()).toMatchObject({ code: "origin-timeout" });
    expect(owed.headers.get("cache-status")).toBe("tidemark; fwd=bypass; detail=keeper-failed");
    expect(owed.headers.get("access-control-allow-origin")).toBe("*");
    answering((_, response) => setTimeout(() => response.end("late"), 600));
    expect(await (await asked("user-token")).text()).toBe("late");
  });

  it("ends its deadline with the headers: a body may take longer", async () => {
    const deadlineMs = 500;
    const begun: ServerResponse[] = [];
    answering((_, response) => {
      response.write("begun ");
      begun.push(response);
    });
    const headers = { "test-reason": "keeper-failed", "test-origin-ms": `${deadlineMs}` };
    const answer = await until("headers come in time, as they may not on a busy machine", async () => {
      const asked = await fetch(new URL("/rest/v1/a", gateway), { headers });
      return asked.status === 200 && asked;
    });
    await sleep(2 * deadlineMs);
    for (const response of begun) response.end("ended");
    expect(await answer.text()).toBe("begun ended");
  });
});
