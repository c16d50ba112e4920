import { JWT_SECRET } from "./capture.ts";

/** Of `@supabase/lite`, wherever it runs here: the keys of a project, and no confirmations nor pages of its own. */
export function appSettings({
  publishableKey,
  secretKey,
}: {
  readonly publishableKey: string;
  readonly secretKey: string;
}) {
  return {
    auth: {
      enabled: true,
      jwt_secret: JWT_SECRET,
      publishable_key: publishableKey,
      secret_key: secretKey,
      email: { enable_confirmations: false },
    },
    options: { server: { admin: false, disableStudio: true } },
  };
}
