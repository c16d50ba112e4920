import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classify } from "./classify.ts";
import { signatureOf } from "./signature.ts";
import { ANON, type Ask, ask, config, judge, KEY, read, reason } from "./testing/ask.ts";

describe("a read", () => {
  it("carries everything a fill needs, and nothing of the caller's", () => {
    const {
      read: it,
      table,
      head,
    } = read({ search: "select=id&order=id", headers: { "x-client-info": "a/1" } });
    expect(it).toMatchObject({
      key: "/rest/v1/articles?select=id&order=id publishable accept-profile:public accept:*/*",
      path: "/rest/v1/articles?select=id&order=id",
      headers: { accept: "*/*", "accept-profile": "public" },
      audience: "publishable",
      relation: "public.articles",
    });
    expect(it.asked).toEqual({
      schema: "public",
      relation: "articles",
      search: "select=id&order=id",
      accept: ["*/*"],
    });
    expect(table.relation).toBe("public.articles");
    expect(head).toBe(false);
  });

  it("is the same for HEAD, which ignores Range (RFC 9110 §14.2)", () => {
    const { read: it, head } = read({ method: "HEAD", headers: { range: "0-9" } });
    expect(head).toBe(true);
    expect(it).toEqual(read().read);
  });

  it("is the same for anything that does not affect the answer", () => {
    const plain = read().read;
    for (const name of [
      "user-agent",
      "accept-encoding",
      "cf-ray",
      "x-forwarded-for",
      "sec-fetch-mode",
      "x-client-info",
      "x-retry-count",
      "traceparent",
      "if-none-match",
      "referer",
      "x-build",
      "content-type",
    ]) {
      expect(read({ headers: { [name]: "anything" } }).read, name).toEqual(plain);
    }
    expect(read({ headers: { accept: "*/*" } }).read).toEqual(plain);
    expect(read({ headers: { "x-supabase-client-platform-version": "18.5" } }).read).toEqual(plain);
    expect(read({ headers: { prefer: "count=none" } }).read).toEqual(plain);
    expect(read({ headers: { authorization: "" } }).read).toEqual(plain);
    expect(read({ headers: { authorization: `bearer  ${KEY}` } }).read).toEqual(plain);
    expect(read({ headers: { prefer: "return=representation, max-affected=3" } }).read).toEqual(plain);
    expect(read({ headers: { "cache-control": "no-cache", pragma: "no-cache" } }).read).toEqual(plain);
    expect(read({ headers: { "content-length": "0" } }).read).toEqual(plain);
    expect(read({ headers: { range: "0-" } }).read).toEqual(plain);
  });

  it("differs by audience, schema, accept, preferences, rows and keyed headers", () => {
    const keys = [
      {},
      { apikey: ANON, authorization: `Bearer ${ANON}` },
      { "accept-profile": "api" },
      // PostgREST names the schema in its answer only if the request named it.
      { "accept-profile": "" },
      { accept: "application/json" },
      { accept: "text/csv" },
      { accept: "text/html, */*;q=0.8" },
      { accept: "application/vnd.pgrst.object+json" },
      { prefer: "count=exact" },
      { prefer: "handling=strict" },
      { prefer: "timezone=Europe/Berlin" },
      { prefer: "timezone=europe/berlin" },
      { range: "0-9" },
      { range: "10-" },
      { "x-tenant": "a" },
      { "x-tenant": "a b" },
      { "accept-language": "de" },
    ].map((headers) => read({ headers }).read.key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("sends keyed headers on", () => {
    expect(read({ headers: { "x-tenant": "acme" } }).read.headers).toEqual({
      accept: "*/*",
      "accept-profile": "public",
      "x-tenant": "acme",
    });
  });

  it("names its table decoded, and its path canonically", () => {
    expect(read({ path: "/rest/v1/my%20table", search: "" }).read).toMatchObject({
      relation: "public.my table",
      path: "/rest/v1/my%20table",
    });
    expect(read({ path: "/rest/v1/%61rticles" }).read).toEqual(read().read);
  });

  it.each([
    ["*/*", "*/*"],
    ["*/*;q=0.1", "*/*"],
    ["application/json, text/plain, */*", "application/json"],
    ["application/json;q=0.9, */*;q=0.8", "application/json"],
    ["APPLICATION/JSON; charset=utf-8", "application/json"],
    ["application/vnd.pgrst.array+json", "application/json"],
    ["application/vnd.pgrst.array+json;nulls=stripped", "application/vnd.pgrst.array+json;nulls=stripped"],
    ["application/vnd.pgrst.object+json", "application/vnd.pgrst.object+json"],
    ["application/vnd.pgrst.object+json; nulls=stripped", "application/vnd.pgrst.object+json;nulls=stripped"],
    [
      "application/vnd.pgrst.object;nulls=x;Nulls=stripped",
      "application/vnd.pgrst.object+json;nulls=stripped",
    ],
    ["application/vnd.pgrst.object+json;nulls=Stripped", "application/vnd.pgrst.object+json"],
    ["*/*, application/vnd.pgrst.object+json", "application/vnd.pgrst.object+json"],
    ["application/json;q=0.1, text/csv", "text/csv"],
    ["application/geo+json", "application/geo+json"],
    // Firefox, Chrome and an <img>: a media type that a handler of the table may answer precedes the built-in ones.
    [
      "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
      "text/html,application/xhtml+xml;q=0.9,application/xml;q=0.8,*/*;q=0.7",
    ],
    [
      "text/html,application/xml;q=0.9,image/webp,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
      "text/html,image/webp;q=0.9,application/xml;q=0.8,*/*;q=0.7",
    ],
    ["image/*, */*;q=0.5, image/png;q=0.7", "image/*,image/png;q=0.9,*/*;q=0.8"],
    ["text/plain, text/x;v=1, text/csv;q=0.5", "text/x;v=1,text/plain;q=0.9,text/csv;q=0.8"],
    ["application/json, text/x;Q=0", "text/x;Q=0,application/json;q=0.9"],
  ])("takes Accept: %s for %s", (accept, canonical) => {
    expect(read({ headers: { accept } }).read.headers.accept).toBe(canonical);
    // Normalizing the result again changes nothing.
    expect(read({ headers: { accept: canonical } }).read.headers.accept).toBe(canonical);
  });

  it("lists the accepted media types in order, and whether one object is requested", () => {
    const asked = (accept: string) => read({ headers: { accept } }).read.asked;
    expect(asked("Text/HTML;level=1, application/json;q=0.5").accept).toEqual([
      "text/html",
      "application/json",
    ]);
    expect(asked("application/vnd.pgrst.object+json;nulls=stripped, */*")).toMatchObject({
      accept: ["application/vnd.pgrst.object+json"],
      single: true,
    });
    expect(asked("application/json, application/vnd.pgrst.object+json").single).toBeUndefined();
  });

  it.each([
    ["count=exact", "count=exact"],
    ["timezone=UTC,count=exact , handling=lenient", "count=exact, handling=lenient, timezone=UTC"],
    ["handling=strict, handling=lenient", "handling=strict"],
    ["timezone=UTC, timezone=CET", "timezone=UTC"],
    ["count=none, timezone=<+05>-5:30", "timezone=<+05>-5:30"],
  ])("takes Prefer: %s for %s", (prefer, canonical) => {
    expect(read({ headers: { prefer } }).read.headers.prefer).toBe(canonical);
  });

  it.each([
    ["0-9", "0-9"],
    ["007-08", "7-8"],
    ["5-", "5-"],
  ])("takes Range: %s for %s", (range, canonical) => {
    const { headers } = read({ headers: { range, "range-unit": "items" } }).read;
    expect(headers).toMatchObject({ range: canonical, "range-unit": "items" });
  });
});

describe("I8, audience", () => {
  const user = { authorization: "Bearer user.jwt.token" };

  it("gives a user the publishable key's answer only if the owner says so", () => {
    const anonymous = read({ path: "/rest/v1/menu" }).read;
    expect(read({ path: "/rest/v1/menu", headers: user }).read).toEqual(anonymous);
    expect(read({ path: "/rest/v1/menu", headers: { apikey: ANON, ...user } }).read).toEqual(anonymous);
    expect(reason({ headers: user })).toBe("user-token");
  });

  it("keeps the legacy key's entries separate", () => {
    const legacy = read({ headers: { apikey: ANON, authorization: "" } }).read;
    expect(legacy.audience).toBe("legacy-anon");
    expect(legacy.key).not.toBe(read().read.key);
  });

  it("takes no key for a legacy key that is not configured", () => {
    const without = { ...config, keys: { ...config.keys, legacyAnon: null } };
    const { request, path, search } = ask({ headers: { apikey: "null" } });
    expect(classify(request, path, search, without)).toMatchObject({ reason: "other-key" });
  });
});

describe("a signature", () => {
  const sign = (asked: Ask) => {
    const { request, path, search } = ask(asked);
    return signatureOf(request, path, search, config);
  };

  it("is shared by all requests whose headers classify alike, and holds no secret", () => {
    expect(sign({ headers: { "user-agent": "a", "cf-ray": "1" } })).toBe(
      sign({ headers: { "user-agent": "b" } }),
    );
    const token = sign({ headers: { authorization: "Bearer user.one" } });
    expect(token).toBe(sign({ headers: { authorization: "Bearer user.two" } }));
    expect(token).not.toContain("user.one");
    expect(sign({ headers: { "x-a": "1" } })).toBe(sign({ headers: { "x-b": "2" } }));
    expect(sign({ headers: { cookie: "session=hunter2" } })).not.toContain("hunter2");
  });

  it("differs whenever the classification does", () => {
    const value = fc.string({
      unit: fc.constantFrom("a", ":", "=", " ", ",", "/", "%", "0", "-", "accept", "x-tenant", "é"),
      maxLength: 6,
    });
    const name = fc.constantFrom(
      "accept",
      "prefer",
      "range",
      "x-tenant",
      "accept-language",
      "apikey",
      "x-a",
      "cookie",
    );
    const asked = fc.record({
      method: fc.constantFrom("GET", "HEAD", "POST"),
      path: fc.constantFrom("/rest/v1/articles", "/rest/v1/menu", "/rest/v1/"),
      search: fc.constantFrom("", "select=id", "id=eq.1", "limit=x", "select=id&x-tenant:a"),
      headers: fc.dictionary(name, value, { maxKeys: 3 }),
    });
    fc.assert(
      fc.property(asked, asked, (one, two) => {
        if (sign(one) === sign(two)) expect(judge(one)).toEqual(judge(two));
        const [a, b] = [judge(one), judge(two)];
        // Equal keys mean equal origin requests.
        if (a.kind === "read" && b.kind === "read" && a.read.key === b.read.key)
          expect(a.read).toEqual(b.read);
      }),
      { numRuns: 3_000 },
    );
  });
});
