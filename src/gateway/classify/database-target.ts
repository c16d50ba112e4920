import type { DatabaseTarget } from "../../origin/ask-database.ts";
import type { ResolvedConfig } from "../config/config.ts";
import { credentialsOf } from "./audience.ts";

/** Where and as whom capture's functions are called: as an anonymous reader, or with a token of a role that may. */
export function databaseTarget(
  config: Pick<
    ResolvedConfig,
    "origin" | "restPath" | "anonRole" | "audiences" | "defaultSchema" | "timeouts"
  >,
  { token, secret }: { readonly token: string | undefined; readonly secret: string },
): DatabaseTarget {
  const bearer = token?.trim() ?? "";
  return {
    url: config.origin + config.restPath,
    credentials: {
      ...credentialsOf("publishable", config.audiences),
      ...(bearer !== "" && { authorization: `Bearer ${bearer}` }),
    },
    secret,
    exposedSchema: config.defaultSchema,
    anonRole: config.anonRole,
    deadlineMs: config.timeouts.originMs,
  };
}
