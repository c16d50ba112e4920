import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asRest, isRefusal, MAX_URL_LENGTH, originUrl, parseTarget } from "./target.ts";

const HOST = "https://gateway.example";

describe("taking a URL apart", () => {
  it.each([
    ["/rest/v1/articles", { path: "/rest/v1/articles", search: "" }],
    ["/rest/v1/articles?select=id", { path: "/rest/v1/articles", search: "select=id" }],
    ["/rest/v1/articles?", { path: "/rest/v1/articles", search: "" }],
    ["/rest/v1/", { path: "/rest/v1/", search: "" }],
    ["/", { path: "/", search: "" }],
    ["/storage/v1/object/a%20b.png", { path: "/storage/v1/object/a%20b.png", search: "" }],
    ["/storage/v1/object/..%20.png", { path: "/storage/v1/object/..%20.png", search: "" }],
    ["/rest/v1/caf%C3%A9", { path: "/rest/v1/caf%C3%A9", search: "" }],
    ["/rest/v1/café?name=eq.é", { path: "/rest/v1/caf%C3%A9", search: "name=eq.%C3%A9" }],
    ["/rest/v1/a?or=(b.eq.1,c.like.100%)", { path: "/rest/v1/a", search: "or=(b.eq.1,c.like.100%)" }],
    ["/auth/v1/callback?to=https://x//../y?z", { path: "/auth/v1/callback", search: "to=https://x//../y?z" }],
    ["/rest/v1/a?b=eq.%00", { path: "/rest/v1/a", search: "b=eq.%00" }],
  ])("reads %s", (target, expected) => {
    expect(parseTarget(HOST + target)).toEqual(expected);
  });

  it.each([
    ["//evil.example/rest/v1/articles"],
    ["/rest/v1//articles"],
    ["/rest/v1/..//articles"],
    ["/rest/v1/../auth/v1"],
    ["/rest/v1/."],
    ["/rest/v1/%2e%2E/auth"],
    ["/rest/v1/.%2e"],
    ["/rest/v1/a%2fb"],
    ["/rest/v1/a%2Fb"],
    ["/rest/v1/a%5cb"],
    ["/rest/v1/a\\b"],
    ["/\\evil.example/"],
    ["/rest/v1/a%00"],
    ["/rest/v1/a%0d%0aHost:evil"],
    ["/rest/v1/a%7f"],
    ["/rest/v1/a%C2%85"],
    ["/rest/v1/a%"],
    ["/rest/v1/a%zz"],
    ["/rest/v1/a%ff"],
    ["/rest/v1/a%C0%AF"],
    ["/rest/v1/a%ED%A0%80"],
    ["/rest/v1/a\ufffd"],
    ["/rest/v1/a?b=\ufffd"],
    ["/rest/v1/a\ud800"],
    ["/rest/v1/a\tb"],
    ["/rest/v1/a?b=\nc"],
    ["/rest/v1/a b"],
    ["/rest/v1/a#b"],
    ["/rest/v1/a?b#c"],
    ["?select=id"],
    [""],
  ])("refuses %j", (target) => {
    const result = parseTarget(HOST + target);
    expect(isRefusal(result) && result.code).toBe("bad-path");
  });

  it("refuses a URL over the cap, and takes one at it", () => {
    const at = `/a?${"x".repeat(MAX_URL_LENGTH - 3)}`;
    expect(isRefusal(parseTarget(HOST + at))).toBe(false);
    expect(parseTarget(`${HOST}${at}x`)).toMatchObject({ code: "url-too-long" });
  });

  it("never leaves the origin, and a URL parser reads the result as we do", () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        "/",
        "\\",
        ".",
        "%2e",
        "%2F",
        "%5c",
        "@",
        ":",
        "?",
        "#",
        "%00",
        "a",
        "é",
        "\t",
        "%",
        ";",
      ),
      maxLength: 12,
    });
    fc.assert(
      fc.property(nasty, (tail) => {
        const target = parseTarget(`${HOST}/${tail}`);
        if (isRefusal(target)) return;
        const parsed = new URL(originUrl({ origin: "https://origin.example", restPath: "/rest/v1" }, target));
        expect(parsed.origin).toBe("https://origin.example");
        expect(parsed.pathname).toBe(target.path);
        expect(parsed.search.slice(1)).toBe(target.search);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("PostgREST's own path at the origin", () => {
  const origin = "https://origin.example";

  it.each([
    ["/rest/v1", "/rest/v1/items", "/rest/v1/items", "/rest/v1/items"],
    ["/rest/v1", "/items", "/items", "/items"],
    ["/rest/v1", "/auth/v1/user", "/auth/v1/user", "/auth/v1/user"],
    ["", "/rest/v1/items", "/rest/v1/items", "/items"],
    ["", "/items", "/rest/v1/items", "/items"],
    ["", "/rpc/f", "/rest/v1/rpc/f", "/rpc/f"],
    ["", "/", "/rest/v1/", "/"],
    ["", "/rest", "/rest/v1/rest", "/rest"],
    ["", "/_tidemark/health", "/_tidemark/health", "/_tidemark/health"],
    ["", "/_tidemark", "/_tidemark", "/_tidemark"],
    ["", "/_tidemarks", "/rest/v1/_tidemarks", "/_tidemarks"],
    ["", "/auth/v1/user", "/auth/v1/user", "/auth/v1/user"],
    ["/api", "/api/items", "/rest/v1/items", "/api/items"],
    ["/api", "/rest/v1/items", "/rest/v1/items", "/api/items"],
    ["/api", "/apis/items", "/apis/items", "/apis/items"],
    ["/api", "/api", "/rest/v1", "/api"],
    ["/rest", "/rest/items", "/rest/v1/items", "/rest/items"],
    ["/rest", "/rest/v1/items", "/rest/v1/items", "/rest/items"],
  ])("%s: %s is %s here, and %s there", (restPath, path, here, there) => {
    const target = asRest({ path, search: "a=1" }, restPath);
    expect(target).toEqual({ path: here, search: "a=1" });
    expect(originUrl({ origin, restPath }, target)).toBe(`${origin}${there}?a=1`);
  });
});
