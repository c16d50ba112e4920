import { describe, expect, it, vi } from "vitest";
import {
  type Answer,
  asked,
  bypass,
  capture,
  client,
  json,
  later,
  READ,
  reads,
  SUPABASE,
  servers,
  useFakeServers,
  webhooks,
  write,
} from "./testing/servers.ts";

useFakeServers();

describe("I6. after a write", () => {
  it("one read is strict, those of the next minute carry its token, and later ones nothing", async () => {
    const fetch = client();
    expect(await reads(fetch, 2)).toEqual(["plain", "plain"]);
    await write(fetch);
    vi.advanceTimersByTime(3_600_000);
    expect(await reads(fetch, 3)).toEqual(["strict", "token t1", "token t1"]);
    vi.advanceTimersByTime(59_999);
    expect(await reads(fetch)).toEqual(["token t1"]);
    vi.advanceTimersByTime(1);
    expect(await reads(fetch)).toEqual(["plain"]);
  });

  it("reads carry the token as long as the owner's tables need it", async () => {
    const fetch = client({ tokenLifetime: "10m" });
    await write(fetch);
    await reads(fetch);
    vi.advanceTimersByTime(599_999);
    expect(await reads(fetch)).toEqual(["token t1"]);
  });

  it.each<[string, RequestInit]>([
    ["/rest/v1/articles", { method: "POST" }],
    ["/rest/v1/articles?id=eq.1", { method: "PATCH" }],
    ["/rest/v1/articles?id=eq.1", { method: "PUT" }],
    ["/rest/v1/articles?id=eq.1", { method: "DELETE" }],
    ["/rest/v1/rpc/publish", { method: "post" }],
    ["/graphql/v1", { method: "POST" }],
    ["/graphql/v1?x=y", { method: "POST" }],
  ])("a write is %s %j", async (path, init) => {
    const fetch = client();
    await fetch(SUPABASE + path, init);
    expect(await reads(fetch)).toEqual(["strict"]);
    await fetch(new Request(SUPABASE + path, init));
    expect(await reads(fetch)).toEqual(["strict"]);
  });

  it.each<[string, RequestInit]>([
    ["/rest/v1/rpc/count", { method: "GET" }],
    ["/rest/v1/articles", { method: "HEAD" }],
    ["/graphql/v1", { method: "GET" }],
    ["/graphql/v12", { method: "POST" }],
    ["/auth/v1/token?to=/rest/v1/x", { method: "POST" }],
    ["/storage/v1/object/rest/v1/x", { method: "POST" }],
    ["/functions/v1/hello", { method: "POST" }],
  ])("a write is not %s %j", async (path, init) => {
    const fetch = client();
    await fetch(SUPABASE + path, init);
    expect(await reads(fetch)).toEqual(["plain"]);
  });

  it.each<[string, Answer]>([
    ["was refused", () => new Response("{}", { status: 409 })],
    ["broke off", () => Promise.reject(new TypeError("network"))],
  ])("one that %s counts, because it may have been made", async (_, answer) => {
    const fetch = client();
    servers.supabase = answer;
    await write(fetch).catch(() => {});
    expect(await reads(fetch)).toEqual(["strict"]);
  });

  it("another client's reads do not change", async () => {
    const fetch = client();
    await write(client());
    expect(await reads(fetch)).toEqual(["plain"]);
  });
});

describe("I6. with concurrent requests", () => {
  it("reads that begin during a write need not be strict, those after its answer must", async () => {
    const fetch = client();
    const answer = later();
    servers.supabase = () => answer.answer;
    const writing = write(fetch);
    expect(await reads(fetch)).toEqual(["plain"]);
    answer.give(new Response());
    await writing;
    expect(await reads(fetch)).toEqual(["strict"]);
  });

  it("a strict read that began before the last answer to a write brings no token", async () => {
    const fetch = client();
    await write(fetch);
    const slow = later();
    servers.gateway = () => slow.answer;
    const reading = fetch(READ);
    await write(fetch);
    slow.give(json("tidemark; hit; detail=keeper", { "tidemark-token": "old" }));
    await reading;
    servers.gateway = capture;
    expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
  });

  it("a token is not replaced by that of a strict read that began earlier", async () => {
    const fetch = client();
    await write(fetch);
    const slow = later();
    servers.gateway = () => slow.answer;
    const reading = fetch(READ);
    servers.gateway = capture;
    await write(fetch);
    expect(await reads(fetch)).toEqual(["strict"]);
    slow.give(json("tidemark; hit; detail=keeper", { "tidemark-token": "old" }));
    await reading;
    expect(await reads(fetch)).toEqual(["token t1"]);
  });

  it("overlapping writes each ask for a strict read after their own answer", async () => {
    const fetch = client();
    const answers = [later(), later()];
    let writes = 0;
    servers.supabase = () => answers[writes++]?.answer ?? Promise.reject(new Error("no more"));
    const writing = [write(fetch), write(fetch)];
    answers[1]?.give(new Response());
    await writing[1];
    expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
    answers[0]?.give(new Response());
    await writing[0];
    expect(await reads(fetch, 2)).toEqual(["strict", "token t2"]);
  });
});

describe("I6. a strict read stays due", () => {
  it.each<[string, Answer, string[]]>([
    ["bypasses", bypass, ["strict"]],
    ["is answered without a token", () => json("tidemark; fwd=uri-miss; stored"), ["strict"]],
    ["finds the gateway failing", () => new Response("<html>", { status: 522 }), ["strict", "read"]],
    ["cannot reach it", () => Promise.reject(new TypeError("network")), ["strict", "read"]],
    [
      "is refused",
      () => new Response("{}", { status: 414, headers: { "content-type": "application/problem+json" } }),
      ["strict", "read"],
    ],
  ])("when one %s", async (_, answer, expected) => {
    const fetch = client();
    await write(fetch);
    servers.gateway = answer;
    expect(await reads(fetch)).toEqual(expected);
    vi.advanceTimersByTime(10_001);
    servers.gateway = capture;
    expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
  });

  it("when it was aborted", async () => {
    const fetch = client();
    await write(fetch);
    await expect(fetch(READ, { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await reads(fetch)).toEqual(["strict"]);
  });
});

it("I6. an older answer, served because the database failed, is not for a client that has just written", async () => {
  const stale: Answer = () => json("tidemark; hit; detail=stale-if-error; unproven");
  const fetch = client();
  await write(fetch);
  servers.gateway = stale;
  expect(await reads(fetch)).toEqual(["strict", "read"]);
  servers.gateway = capture;
  expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
  servers.gateway = stale;
  expect(await (await fetch(READ)).json()).toEqual([{ id: 2 }]);
  vi.advanceTimersByTime(60_000);
  expect(await reads(fetch)).toEqual(["plain"]);
});

describe("I6. with a gateway that has only webhooks", () => {
  it("a strict answer is not used, and reads go to Supabase for some seconds after the write", async () => {
    const fetch = client();
    servers.gateway = webhooks;
    await write(fetch);
    const response = await fetch(READ);
    expect(await response.json()).toEqual([{ id: 2 }]);
    expect(asked).toEqual(["POST", "strict", "read"]);
    vi.advanceTimersByTime(4_999);
    expect(await reads(fetch)).toEqual(["read"]);
    vi.advanceTimersByTime(1);
    expect(await reads(fetch, 2)).toEqual(["plain", "plain"]);
  });

  it("no strict read is tried once this is known", async () => {
    const fetch = client({ ownWritesBypass: "2s" });
    servers.gateway = webhooks;
    await reads(fetch);
    await write(fetch);
    vi.advanceTimersByTime(1_000);
    await write(fetch);
    vi.advanceTimersByTime(1_999);
    expect(await reads(fetch)).toEqual(["read"]);
    vi.advanceTimersByTime(1);
    expect(await reads(fetch)).toEqual(["plain"]);
  });

  it("answers that came directly do not hide it", async () => {
    const fetch = client();
    servers.gateway = webhooks;
    await reads(fetch);
    servers.gateway = bypass;
    await reads(fetch);
    await write(fetch);
    expect(await reads(fetch)).toEqual(["read"]);
  });

  it("capture is noticed when it is installed and when it is removed", async () => {
    const fetch = client();
    servers.gateway = webhooks;
    await reads(fetch);
    servers.gateway = capture;
    await reads(fetch);
    await write(fetch);
    expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
    servers.gateway = webhooks;
    expect(await reads(fetch, 2)).toEqual(["token t1", "read", "read"]);
  });
});
