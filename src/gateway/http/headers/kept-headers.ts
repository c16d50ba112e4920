import { HOP_BY_HOP } from "../../../origin/hop-by-hop.ts";

/** Whether an entry may keep a response header of this name (in lower case) when the owner asks for it. */
export function mayBeKept(name: string): boolean {
  return !HOP_BY_HOP.has(name) && !OURS.has(name) && !name.startsWith("access-control-");
}

/** What the gateway says for itself, what is true of one moment or one caller only, and what it has undone. */
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
