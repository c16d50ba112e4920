import { HOP_BY_HOP } from "../../../origin/hop-by-hop.ts";

/** Whether the owner may have an entry keep this response header. The name is in lower case. */
export function mayBeKept(name: string): boolean {
  return !HOP_BY_HOP.has(name) && !OURS.has(name) && !name.startsWith("access-control-");
}

/**
 * Headers that the gateway sets itself, that hold for one moment or one caller only, or that describe an undone
 * encoding.
 */
const OURS: ReadonlySet<string> = new Set([
  "age",
  "cache-control",
  "cache-status",
  "cdn-cache-control",
  "cloudflare-cdn-cache-control",
  "content-encoding",
  "content-length",
  "content-location",
  "content-range",
  "content-type",
  "date",
  "etag",
  "expires",
  "pragma",
  "set-cookie",
  "surrogate-control",
  "tidemark-token",
  "vary",
]);
