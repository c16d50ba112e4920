import { expect, it } from "vitest";
import { resolveConfig } from "../config/resolve-config.ts";
import { classify } from "./classify.ts";

const config = resolveConfig(
  { tables: { articles: true } },
  { SUPABASE_URL: "https://abc.supabase.co", SUPABASE_PUBLISHABLE_KEY: "k" },
);

it("a workerd request is classified as in Node", () => {
  const request = new Request("https://gateway.example/rest/v1/articles", {
    headers: { APIKEY: "k", Authorization: "Bearer k", "X-Client-Info": "a", Prefer: "count=exact" },
  });
  expect(classify(request, "/rest/v1/articles", "select=id", config)).toMatchObject({
    kind: "read",
    read: {
      key: "/rest/v1/articles?select=id publishable accept:*/* prefer:count=exact",
    },
  });
});
