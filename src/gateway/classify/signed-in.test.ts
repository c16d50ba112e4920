import { describe, expect, it } from "vitest";
import type { TidemarkConfig } from "../config/config.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import { classify } from "./classify.ts";
import { signatureOf } from "./signature.ts";

const [KEY, LEGACY, TOKEN] = ["sb_publishable_x", "legacy.anon.key", "ada.a.token"];

const configOf = (more: Partial<TidemarkConfig> = {}) =>
  resolveConfig(
    { tables: { articles: true, menu: { audience: "public" } }, ...more },
    {
      ...{
        SUPABASE_URL: "https://abc.supabase.co",
        SUPABASE_PUBLISHABLE_KEY: KEY,
        SUPABASE_ANON_KEY: LEGACY,
      },
      TIDEMARK_CAPTURE_SECRET: "capture's secret",
    },
  );

const config = configOf();

function classified(
  headers: Record<string, string>,
  table = "articles",
  search = "select=id",
  given = config,
) {
  const request = { method: "GET", headers: new Headers(headers), body: null };
  return classify(request, `/rest/v1/${table}`, search, given);
}

function keyOf(...asked: Parameters<typeof classified>): string {
  const result = classified(...asked);
  return result.kind === "read" ? result.read.key : result.reason;
}

const BASE = "/rest/v1/articles?select=id signed-in accept:*/*";

describe("a read with a token of one's own", () => {
  it("S6. has one base key, whichever of the project's keys comes with it", () => {
    for (const apikey of [KEY, LEGACY])
      expect(keyOf({ apikey, authorization: `Bearer ${TOKEN}` })).toBe(BASE);
    expect(classified({ apikey: KEY, authorization: `Bearer ${TOKEN}` })).toMatchObject({
      kind: "read",
      read: { audience: "signed-in" },
      publicOnly: false,
    });
  });

  it.each([
    ["bearer", { authorization: `Bearer ${TOKEN}` }],
    ["bearer", { authorization: `Bearer ${TOKEN}`, apikey: KEY }],
    ["apikey", { authorization: `Bearer ${TOKEN}`, apikey: KEY }],
    ["none", { authorization: `Bearer ${TOKEN}` }],
  ] as const)("S6. has the same one where the key is shown as %s (%j)", (key, headers) => {
    expect(keyOf({ ...headers }, "articles", "select=id", configOf({ origin: { key } }))).toBe(BASE);
  });

  it("S4. needs one of the project's keys, like any other", () => {
    expect(keyOf({ authorization: `Bearer ${TOKEN}` })).toBe("no-key");
    expect(keyOf({ apikey: "another", authorization: `Bearer ${TOKEN}` })).toBe("other-key");
  });

  it("S1. leaves no token in what classifications are remembered by", () => {
    const headers = new Headers({ apikey: KEY, authorization: `Bearer ${TOKEN}` });
    const signature = signatureOf({ method: "GET", headers, body: null }, "/rest/v1/articles", "", config);
    expect(signature).not.toContain(TOKEN);
  });

  it("I8. of a public table is everybody's, and of what it embeds only if that is public, too", () => {
    const hers = { apikey: KEY, authorization: `Bearer ${TOKEN}` };
    expect(keyOf(hers, "menu")).toBe("/rest/v1/menu?select=id publishable accept:*/*");
    expect(classified(hers, "menu", "select=id,articles(id)")).toMatchObject({ publicOnly: true });
    expect(classified(hers, "articles", "select=id,menu(id)")).toMatchObject({
      read: { audience: "signed-in" },
      publicOnly: false,
    });
  });

  it("S4. passes through where the owner wants that", () => {
    const off = configOf({ audiences: false });
    expect(keyOf({ apikey: KEY, authorization: `Bearer ${TOKEN}` }, "articles", "", off)).toBe("user-token");
  });
});
