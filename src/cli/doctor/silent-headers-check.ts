import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { silentHeaders } from "../../gateway/http/headers/header-role.ts";
import { type Check, ok } from "./check.ts";

/** Nobody can see what a function does with `request.headers`: the owner is told what must not be read. */
export function silentHeadersCheck(configured: ResolvedConfig["headers"]): Check {
  const names = silentHeaders(configured).join(", ");
  const what = "policies, views and functions must not read these request headers, which share one answer";
  return ok("silent-headers", `${what} (list one in headers.key if yours do): ${names}`);
}
