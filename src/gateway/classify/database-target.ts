import type { DatabaseTarget } from "../../origin/ask-database.ts";
import type { ResolvedConfig } from "../config/config.ts";
import { credentialsOf } from "./audience.ts";

/**
 * Where the gateway calls capture's functions, and as which role.
 *
 * @param token of a role that may call them; without one, an anonymous reader calls them
 */
export function databaseTarget(
  config: Pick<ResolvedConfig, "origin" | "restPath" | "anonRole" | "keys" | "defaultSchema" | "timeouts">,
  { token, secret }: { readonly token: string | undefined; readonly secret: string },
): DatabaseTarget {
  const bearer = token?.trim() ?? "";
  return {
    url: config.origin + config.restPath,
    credentials: {
      ...credentialsOf("publishable", config.keys),
      ...(bearer !== "" && { authorization: `Bearer ${bearer}` }),
    },
    secret,
    exposedSchema: config.defaultSchema,
    anonRole: config.anonRole,
    deadlineMs: config.timeouts.originMs,
  };
}
