import { JWT_SECRET } from "./capture.ts";

/** Settings of `@supabase/lite` wherever it runs here: a project's keys, no e-mail confirmations, no pages. */
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
