import { describe, expect, it } from "vitest";
import { canonicalBody } from "../../postgrest/query/parse-call.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import { classifySignature } from "./classify.ts";
import { signatureOf } from "./signature.ts";
import { KEY } from "./testing/ask.ts";

const config = resolveConfig(
  {
    schemas: ["public", "api"],
    tables: { articles: true },
    functions: { search: true, "api.search": true },
    headers: { key: ["body", "post"] },
  },
  { SUPABASE_URL: "https://abc.supabase.co", SUPABASE_PUBLISHABLE_KEY: KEY },
);

interface Asked {
  readonly search?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly name?: string;
}

function judge({ search = "", body, headers = {}, name = "search" }: Asked) {
  const method = body === undefined ? "GET" : "POST";
  const request = { method, headers: new Headers({ apikey: KEY, ...headers }), body };
  const canonical = body === undefined ? null : (canonicalBody(body) ?? null);
  const path = `/rest/v1/rpc/${name}`;
  const classified = classifySignature(signatureOf(request, path, search, config), config, canonical);
  return classified.kind === "read" ? classified.read : classified.reason;
}

const keyOf = (asked: Asked): string => {
  const read = judge(asked);
  return typeof read === "string" ? read : read.key;
};

describe("a call", () => {
  it("carries its arguments, and is asked for as it came", () => {
    expect(judge({ search: "t=b%20c&select=id&a=1" })).toMatchObject({
      path: "/rest/v1/rpc/search?a=1&t=b%20c&select=id",
      relation: "public.search()",
      asked: {
        relation: "search",
        search: "select=id",
        call: {
          method: "GET",
          arguments: [
            ["a", "1"],
            ["t", "b c"],
          ],
        },
      },
    });
    expect(judge({ body: '{"t": "b"}', search: "id=gt.1" })).toMatchObject({
      path: "/rest/v1/rpc/search?id=gt.1",
      asked: { search: "id=gt.1", call: { method: "POST", body: '{"t":"b"}' } },
    });
  });

  it("I4. by GET and by POST, of two schemas, or with another body or header: no two have one key", () => {
    const asked: readonly Asked[] = [
      {},
      { body: "{}" },
      { search: "t=1" },
      { body: '{"t":1}' },
      { body: '{"t":"1"}' },
      { body: '{"t":1.0}' },
      { body: '{"t":null}' },
      { search: "t=null" },
      { search: "t=1&t=2" },
      { search: "t=2&t=1" },
      { body: "{}", search: "t=eq.1" },
      { body: "{}", headers: { "content-profile": "api" } },
      { headers: { "accept-profile": "api" } },
      { headers: { body: "{}" } },
      { headers: { post: "{}" } },
      { body: "{}", headers: { post: "{}" } },
      { body: "{}", headers: { prefer: "return=representation" } },
      { headers: { prefer: "return=representation" } },
      { headers: { range: "0-1" } },
    ];
    const keys = asked.map(keyOf);
    expect(new Set(keys).size).toBe(asked.length);
    for (const key of keys) expect(key).toMatch(/^\/rest\/v1\/rpc\/search/);
    // Keys are ASCII without line breaks, whatever the body holds.
    expect(keyOf({ body: '{"t":"é\\n ü"}' })).toMatch(/^[\x20-\x7e]+$/);
  });

  it("by POST does not know Range, which PostgREST heeds on GET only", () => {
    expect(keyOf({ body: "{}", headers: { range: "0-1" } })).toBe(keyOf({ body: "{}" }));
  });

  it.each<readonly [string, Asked]>([
    ["function-not-configured", { name: "other" }],
    ["function-not-configured", { headers: { "accept-profile": "secret" } }],
    ["unkeyed-header", { headers: { "content-profile": "api" } }],
    ["unkeyed-header", { body: "{}", headers: { "accept-profile": "api" } }],
    ["unkeyed-header", { body: "{}", headers: { "content-encoding": "gzip" } }],
    ["cookie", { body: "{}", headers: { cookie: "a=b" } }],
    ["uncacheable-prefer", { body: "{}", headers: { prefer: "max-affected=1" } }],
    ["unparsable", { search: "t=is.odd" }],
    ["unparsable", { body: "{}", search: "t=plain" }],
    ["unparsable", { body: "{}", search: "columns=t" }],
    ["only-writes", { body: "[]" }],
    ["table-not-configured", { name: "search/more" }],
  ])("I9. %s: %j", (reason, asked) => {
    expect(judge(asked)).toBe(reason);
  });

  it("of a table by POST is none", () => {
    const request = { method: "POST", headers: new Headers({ apikey: KEY }), body: "{}" };
    const signature = signatureOf(request, "/rest/v1/articles", "", config);
    expect(classifySignature(signature, config, "{}")).toMatchObject({ reason: "only-writes" });
  });
});
