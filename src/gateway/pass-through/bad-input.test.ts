import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answering, ok, raw, seen, startPassThrough, stopPassThrough } from "./testing/origin-and-worker.ts";

beforeAll(startPassThrough);
afterAll(stopPassThrough);

describe("bad input", () => {
  it.each([
    ["another host in the path", "GET //evil.example/rest/v1/a HTTP/1.1\nHost: a\n\n", "400"],
    ["dot segments", "GET /rest/v1/../../x HTTP/1.1\nHost: a\n\n", "400"],
    ["encoded dot segments", "GET /rest/v1/%2e%2e/x HTTP/1.1\nHost: a\n\n", "400"],
    ["an encoded slash", "GET /rest/v1/a%2fb HTTP/1.1\nHost: a\n\n", "400"],
    ["a backslash", "GET /rest/v1\\a HTTP/1.1\nHost: a\n\n", "400"],
    ["a NUL", "GET /rest/v1/a%00 HTTP/1.1\nHost: a\n\n", "400"],
    ["bytes that are not UTF-8", "GET /rest/v1/a%ff HTTP/1.1\nHost: a\n\n", "400"],
    ["an endless URL", `GET /rest/v1/a?${"x".repeat(17_000)} HTTP/1.1\nHost: a\n\n`, "414"],
    ["an unknown path", "GET /etc/passwd HTTP/1.1\nHost: a\n\n", "404"],
    ["a product's neighbour", "GET /rest/v12/a HTTP/1.1\nHost: a\n\n", "404"],
    ["a host that holds a path", "GET /rest/v1/a HTTP/1.1\nHost: a/b\n\n", "404"],
    ["a host that holds a query", "GET /rest/v1/a HTTP/1.1\nHost: a?b\n\n", "400"],
    ["TRACE", "TRACE /rest/v1/a HTTP/1.1\nHost: a\n\n", "405"],
    ["two lengths", "POST /rest/v1/a HTTP/1.1\nHost: a\nContent-Length: 3\nContent-Length: 4\n\nabc", "400"],
  ])("is refused: %s", async (_, request, status) => {
    answering(ok);
    expect(await raw(request)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(seen).toEqual([]);
  });

  it("cannot smuggle: a length beside chunks is the chunks'", async () => {
    answering(ok);
    await raw(
      "POST /rest/v1/a HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nContent-Length: 30\n\n3\nabc\n0\n\n",
    );
    expect(seen).toHaveLength(1);
    expect(seen[0]?.body.toString()).toBe("abc");
    expect(seen[0]?.headers).not.toHaveProperty("content-length");
  });

  it("cannot remove a header through Connection, nor hide a body in a read", async () => {
    answering(ok);
    await raw(
      "GET /rest/v1/a HTTP/1.1\nHost: a\nApikey: k\nX-Hop: 1\nConnection: apikey\nContent-Length: 3\n\nabc",
    );
    expect(seen[0]).toMatchObject({ headers: { apikey: "k" }, body: Buffer.from("") });
  });

  it("cannot turn a header's value into a second request", async () => {
    answering(ok);
    const answer = await raw("GET /rest/v1/a HTTP/1.1\nHost: a\nX-A: 1\r\r\nX-B: 2\n\n");
    for (const { headers } of seen) expect(headers["x-a"] ?? "").not.toMatch(/[\r\n]/);
    expect(answer).toMatch(/^HTTP\/1\.1 (?:200|400) /);
  });
});
