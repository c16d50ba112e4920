import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { silentHeaders } from "../../gateway/http/headers/header-role.ts";
import { type Check, ok } from "../check/check.ts";

/**
 * What a function reads from `request.headers` cannot be checked, so the owner gets the list of what it must not read.
 */
export function silentHeadersCheck(configured: ResolvedConfig["headers"]): Check {
  const names = silentHeaders(configured).join(", ");
  const what = "policies, views and functions must not read these request headers, which share one answer";
  return ok("silent-headers", `${what} (list one in headers.key if yours do): ${names}`);
}
