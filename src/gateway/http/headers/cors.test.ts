import { describe, expect, it } from "vitest";
import type { ResolvedConfig } from "../../config/config.ts";
import { resolveConfig } from "../../config/resolve-config.ts";
import { problem } from "../problem.ts";
import { addToList, applyCors, corsHeaders, preflight, withCors } from "./cors.ts";

const SETTINGS = { SUPABASE_URL: "https://abc.supabase.co", SUPABASE_PUBLISHABLE_KEY: "k" };
const everybody = resolveConfig({ tables: {} }, SETTINGS);
const some = resolveConfig({ tables: {}, allowedOrigins: ["https://app.example"] }, SETTINGS);

function ask(
  headers: Record<string, string>,
  config: ResolvedConfig = everybody,
  path = "/rest/v1/articles",
) {
  const request = new Request(`https://gateway.example${path}`, { method: "OPTIONS", headers });
  return preflight(request, { path, search: "" }, config.allowedOrigins);
}

const PREFLIGHT = {
  origin: "https://app.example",
  "access-control-request-method": "GET",
  "access-control-request-headers": "apikey, authorization,x-client-info",
};

describe("a preflight", () => {
  it("is answered by the gateway", () => {
    const response = ask(PREFLIGHT);
    expect(response?.status).toBe(204);
    expect(Object.fromEntries(response?.headers ?? [])).toEqual({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS",
      "access-control-allow-headers":
        "apikey, authorization, x-client-info, Cache-Control, If-None-Match, Tidemark-Token",
      "access-control-max-age": "86400",
      vary: "Access-Control-Request-Headers",
    });
  });

  it("names the origin if only some are allowed, and tells other origins nothing", () => {
    expect(ask(PREFLIGHT, some)?.headers.get("access-control-allow-origin")).toBe("https://app.example");
    const other = ask({ ...PREFLIGHT, origin: "https://app.example.evil" }, some);
    expect(other?.status).toBe(204);
    expect([...(other?.headers.keys() ?? [])]).toEqual(["vary"]);
  });

  it.each(["a b", "a, (b)", ",", "a:b", "x".repeat(5_000)])("does not echo %j", (requested) => {
    const response = ask({ ...PREFLIGHT, "access-control-request-headers": requested });
    expect(response?.headers.get("access-control-allow-headers")).toBe(
      "Cache-Control, If-None-Match, Tidemark-Token",
    );
  });

  it("for another product and a bare OPTIONS are passed on", () => {
    expect(ask(PREFLIGHT, everybody, "/auth/v1/token")).toBeNull();
    expect(ask(PREFLIGHT, everybody, "/functions/v1/rest/v1/")).toBeNull();
    expect(ask({ origin: "https://app.example" })).toBeNull();
  });
});

describe("an answer", () => {
  it("exposes what it says about the cache, to all or to the allowed", () => {
    expect(corsHeaders(null, everybody.allowedOrigins)["access-control-expose-headers"]).toContain(
      "Cache-Status",
    );
    expect(corsHeaders("https://app.example", some.allowedOrigins)).toMatchObject({ vary: "Origin" });
    expect(corsHeaders("https://evil.example", some.allowedOrigins)).toEqual({ vary: "Origin" });
    expect(corsHeaders("null", some.allowedOrigins)).toEqual({ vary: "Origin" });
  });

  it("keeps what the origin exposes and varies by, but not its allowed origins", () => {
    const headers = new Headers({
      "access-control-allow-origin": "*",
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "X-Own, age",
      vary: "Accept, Prefer",
    });
    applyCors(headers, "https://app.example", some.allowedOrigins);
    expect(headers.get("access-control-allow-origin")).toBe("https://app.example");
    expect(headers.has("access-control-allow-credentials")).toBe(false);
    expect(headers.get("access-control-expose-headers")).toMatch(/^Age, .*, X-Own$/);
    expect(headers.get("vary")).toBe("Accept, Prefer, Origin");
    applyCors(headers, "https://evil.example", some.allowedOrigins);
    expect(headers.has("access-control-allow-origin")).toBe(false);
  });

  it("that is a problem can be read by pages, too", async () => {
    const request = new Request("https://gateway.example/", { headers: { origin: "https://app.example" } });
    const response = withCors(problem("bad-path", "because"), request, everybody.allowedOrigins);
    expect(response.status).toBe(400);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toEqual({
      type: "/_tidemark/problems#bad-path",
      code: "bad-path",
      title: "The URL is not one that may be passed on",
      status: 400,
      detail: "because",
    });
  });
});

describe("a list", () => {
  it("gains only what it lacks", () => {
    const headers = new Headers();
    addToList(headers, "vary", "Origin");
    addToList(headers, "vary", "origin, Accept,");
    expect(headers.get("vary")).toBe("Origin, Accept");
  });
});
