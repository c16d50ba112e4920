import { readFileSync } from "node:fs";
import { App } from "@supabase/lite";
import { JWT_SECRET } from "./capture.ts";
import { claimsAsPostgrest } from "./postgrest-claims.ts";
import { restorePrototypes } from "./prototypes.ts";

interface LiteAppOptions {
  readonly connection: Awaited<ConstructorParameters<typeof App>[0]["connection"]>;
  readonly api: { readonly schemas: string[]; readonly aggregates_enabled?: boolean };
  readonly publishableKey: string;
  readonly secretKey: string;
}

interface LiteApp {
  /** Creates what the API needs in the database. */
  prepare(): Promise<unknown>;
  answer(request: Request): Promise<Response>;
}

/**
 * `@supabase/lite` wherever it runs here: with a project's keys, without e-mail confirmations and pages, and with claims
 * as PostgREST gives them to SQL. What a request writes into objects that all code shares is taken back before its answer is given.
 */
export function liteApp({ connection, api, publishableKey, secretKey }: LiteAppOptions): LiteApp {
  const app = new App({
    connection,
    api,
    auth: {
      enabled: true,
      jwt_secret: JWT_SECRET,
      publishable_key: publishableKey,
      secret_key: secretKey,
      email: { enable_confirmations: false },
    },
    options: { server: { admin: false, disableStudio: true } },
  });
  const claims = claimsAsPostgrest(connection);
  return {
    async prepare() {
      await app.ensureSystemSchema();
      await connection.exec(readFileSync(new URL("auth.sql", import.meta.url), "utf8"));
    },
    async answer(request) {
      try {
        return await claims.answer(request, (asked) => app.fetch(asked, { peerAddress: null }));
      } finally {
        restorePrototypes();
      }
    },
  };
}
