import { describe, expect, it } from "vitest";
import { bearerTokenOf, digestOf } from "./bearer-token.ts";

describe("the token of an Authorization header", () => {
  it("is what follows the scheme", () => {
    expect(bearerTokenOf("Bearer a.b.c")).toBe("a.b.c");
    expect(bearerTokenOf("Bearer aZ09-._~+/==")).toBe("aZ09-._~+/==");
    expect(bearerTokenOf(`Bearer ${"a".repeat(8_192)}`)).toHaveLength(8_192);
  });

  it.each<[string, string | null]>([
    ["no header", null],
    ["an empty one", ""],
    ["the scheme alone", "Bearer"],
    ["no token", "Bearer "],
    ["a blank more", "Bearer  a.b.c"],
    ["a blank at the end", "Bearer a.b.c "],
    ["a tab", "Bearer\ta.b.c"],
    ["another spelling", "bearer a.b.c"],
    ["capitals", "BEARER a.b.c"],
    ["another scheme", "Basic eDp5"],
    ["two headers", "Bearer a.b.c, Bearer d.e.f"],
    ["two tokens", "Bearer a.b.c,d.e.f"],
    ["a sign too early", "Bearer a=b"],
    ["a letter outside ASCII", "Bearer a.b.ä"],
    ["8 KB and one", `Bearer ${"a".repeat(8_193)}`],
    ["100 KB", `Bearer ${"a".repeat(100_000)}`],
  ])("S4. is none for %s", (_, authorization) => {
    expect(bearerTokenOf(authorization)).toBeNull();
  });

  it("is remembered by its SHA-256", () => {
    expect(digestOf("a much longer token")).not.toBe(digestOf("another token"));
    expect(digestOf("abc")).toBe("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  });
});
