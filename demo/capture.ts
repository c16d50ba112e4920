import { createHash, createHmac } from "node:crypto";
import { captureSql } from "../src/capture/capture-sql.ts";

export const JWT_SECRET = "the demo's secret, at least 32 characters long";

/** The secret that the keeper sends to capture's functions; the database has its hash. */
export const CAPTURE_SECRET = "the demo's capture secret";

/** The secret that signs nudges, in the format of https://www.standardwebhooks.com. */
export const NUDGE_SECRET = `whsec_${btoa("the demo's secret for nudges")}`;

/** Every table of the demo; views and functions have no changes of their own. */
const TABLES = ["authors", "articles", "comments", "tags", "article_tags", "movies", "samples"].concat([
  "bookmarks",
  "teams",
  "memberships",
  "notes",
]);

export const DEMO_CAPTURE_SQL = captureSql({
  tables: [...TABLES.map((table) => `public.${table}`), "archive.articles"].map((relation) => ({ relation })),
  schemas: ["public", "archive"],
  secretHash: createHash("sha256").update(CAPTURE_SECRET).digest("hex"),
  nudge: "notify",
});

/** A token of the role that may call capture's functions, and nothing else. */
export const captureToken = (): string => roleToken("tidemark_keeper");

/** A token of a role of the database. */
export function roleToken(role: string, claims: object = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${part({ alg: "HS256", typ: "JWT" })}.${part({ role, exp: 4_102_444_800, ...claims })}`;
  return `${content}.${tokenSignature(content)}`;
}

/** The part of a token after its last dot, for the part before it. */
export function tokenSignature(content: string): string {
  return createHmac("sha256", JWT_SECRET).update(content).digest("base64url");
}
