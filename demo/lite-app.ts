import { App } from "@supabase/lite";
import { JWT_SECRET } from "./capture.ts";
import { restorePrototypes } from "./prototypes.ts";

interface LiteAppOptions {
  readonly connection: ConstructorParameters<typeof App>[0]["connection"];
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
 * `@supabase/lite` wherever it runs here: with a project's keys, without e-mail confirmations and pages. What a request
 * writes into objects that all code shares is taken back before its answer is given.
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
  return {
    prepare: () => app.ensureSystemSchema(),
    async answer(request) {
      try {
        return await app.fetch(request, { peerAddress: null });
      } finally {
        restorePrototypes();
      }
    },
  };
}
