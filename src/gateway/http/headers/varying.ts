import { type HeaderRole, type HeaderSettings, headerRole } from "./header-role.ts";

/**
 * Whether a stored answer may vary by this request header (`Vary`): the header is part of the key, or no fill sends it
 * and the gateway answers for it itself.
 */
export function mayVaryBy(name: string, configured: HeaderSettings): boolean {
  return OURS.has(name) || IN_THE_KEY.has(headerRole(name, configured));
}

const IN_THE_KEY: ReadonlySet<HeaderRole> = new Set<HeaderRole>([
  "shaping",
  "keyed",
  "apikey",
  "authorization",
]);

/** The gateway sets CORS itself and undoes encodings before it stores a body. */
const OURS: ReadonlySet<string> = new Set([
  "accept-encoding",
  "access-control-request-headers",
  "access-control-request-method",
  "origin",
]);
