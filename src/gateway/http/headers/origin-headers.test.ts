import { describe, expect, it } from "vitest";
import { dropHopByHop, originHeaders } from "./origin-headers.ts";

function passed(headers: Record<string, string>, url = "https://gateway.example/rest/v1/a") {
  // Node's Request filters headers; the platform's incoming ones are not filtered.
  const request = { url, headers: new Headers(headers) } as Request;
  return Object.fromEntries(originHeaders(request));
}

describe("headers on their way to the origin", () => {
  it("are all kept, except those of the connection", () => {
    expect(
      passed({
        apikey: "k",
        "x-anything": "1",
        host: "gateway.example",
        connection: "keep-alive, x-hop",
        "keep-alive": "timeout=5",
        te: "trailers",
        trailer: "x",
        upgrade: "h2c",
        "transfer-encoding": "chunked",
        "proxy-authorization": "Basic x",
        "x-hop": "1",
      }),
    ).toEqual({
      apikey: "k",
      "x-anything": "1",
      "x-forwarded-host": "gateway.example",
      "x-forwarded-proto": "https",
    });
  });

  it("name the client's address, after any that the caller sent", () => {
    expect(passed({ "cf-connecting-ip": "1.1.1.1" })["x-forwarded-for"]).toBe("1.1.1.1");
    expect(passed({ "cf-connecting-ip": "1.1.1.1", "x-forwarded-for": "9.9.9.9" })["x-forwarded-for"]).toBe(
      "9.9.9.9, 1.1.1.1",
    );
    expect(
      passed({ "cf-connecting-ip": "1.1.1.1", "x-forwarded-for": "9.9.9.9, 1.1.1.1" })["x-forwarded-for"],
    ).toBe("9.9.9.9, 1.1.1.1");
    expect(passed({ "x-forwarded-host": "evil.example", "x-forwarded-proto": "gopher" })).toMatchObject({
      "x-forwarded-host": "gateway.example",
      "x-forwarded-proto": "https",
    });
    expect(passed({}, "http://a:8787/rest/v1/a")["x-forwarded-host"]).toBe("a:8787");
    expect(passed({ "x-forwarded-host": "evil" }, 'http://a"b#/rest/v1/a')).not.toHaveProperty(
      "x-forwarded-host",
    );
  });

  it.each([
    "authorization",
    "apikey",
    "prefer",
    "accept-profile",
    "range",
    "content-type",
    "cookie",
    "x-forwarded-for",
    "x-real-ip",
  ])("keep %s, which Connection may not name (RFC 9110 §7.6.1)", (name) => {
    const headers = new Headers({ [name]: "kept", connection: `close, ${name.toUpperCase()}` });
    dropHopByHop(headers);
    expect(headers.get(name)).toBe("kept");
  });

  it("tolerate a Connection that names no headers", () => {
    const headers = new Headers({ connection: "x-(bad), ,x-é, x-", "x-": "1" });
    dropHopByHop(headers);
    expect([...headers]).toEqual([]);
  });
});
