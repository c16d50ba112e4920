import type { TidemarkConfig } from "../../config/config.ts";
import { resolveConfig } from "../../config/resolve-config.ts";
import type { BypassReason } from "../../http/outcome.ts";
import { type Classified, classify } from "../classify.ts";

export const KEY = "sb_publishable_demo";
export const ANON = "legacy.anon.key";

const CONFIG: TidemarkConfig = {
  schemas: ["public", "api"],
  tables: {
    articles: true,
    comments: true,
    "my table": true,
    menu: { audience: "public" },
    "api.articles": true,
  },
  headers: { ignore: ["x-build"], key: ["x-tenant", "accept-language"] },
};

export const config = resolveConfig(CONFIG, {
  SUPABASE_URL: "https://abc.supabase.co",
  SUPABASE_PUBLISHABLE_KEY: KEY,
  SUPABASE_ANON_KEY: ANON,
});

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly search?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** supabase-js as it asks, unless told otherwise; an empty header is left out. */
export function ask({
  method = "GET",
  path = "/rest/v1/articles",
  search = "select=id",
  headers = {},
  body,
}: Ask = {}) {
  const all = new Headers({ apikey: KEY, authorization: `Bearer ${KEY}`, "accept-profile": "public" });
  for (const [name, value] of Object.entries(headers)) value === "" ? all.delete(name) : all.set(name, value);
  return { request: { method, headers: all, body }, path, search };
}

export function judge(asked?: Ask): Classified {
  const { request, path, search } = ask(asked);
  return classify(request, path, search, config);
}

export function read(asked?: Ask) {
  const result = judge(asked);
  if (result.kind !== "read") throw new Error(`bypass: ${result.reason}`);
  return result;
}

export function reason(asked: Ask): BypassReason | "read" {
  const result = judge(asked);
  return result.kind === "read" ? "read" : result.reason;
}
