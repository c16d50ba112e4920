import { type HeaderRole, type HeaderSettings, headerRole } from "./header-role.ts";

/**
 * Whether an answer may say that it varies by this request header (`Vary`): it is a part of the key, or never reaches
 * the origin in a fill and is answered for by the gateway itself.
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

/** CORS is the gateway's to say, and encodings are undone before a body is kept. */
const OURS: ReadonlySet<string> = new Set([
  "accept-encoding",
  "access-control-request-headers",
  "access-control-request-method",
  "origin",
]);
