import type { TidemarkConfig } from "../../src/gateway/config/config.ts";

type Origin = NonNullable<TidemarkConfig["origin"]>;

/** The configuration's `origin` for kinds of PostgREST, as tested and as given in docs/any-postgrest.md. */
export const ORIGINS = {
  /** PostgREST itself, with `db-anon-role`. */
  bare: { path: "/", key: "none", anonRole: "web_anon" },
  /** Anonymous readers send a token. */
  bearer: { path: "/api", key: "bearer", anonRole: "web_anon" },
  /** A gateway in front requires `apikey`. */
  apikey: { path: "/", key: "apikey", anonRole: "web_anon" },
  neon: { path: "/neondb/rest/v1", key: "none", anonRole: "anonymous" },
} as const satisfies Record<string, Origin>;
