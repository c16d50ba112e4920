import { AsyncLocalStorage } from "node:async_hooks";
import type { App } from "@supabase/lite";
import { tokenSignature } from "./capture.ts";

type LiteConnection = Awaited<ConstructorParameters<typeof App>[0]["connection"]>;

/** How far PostgREST lets `exp`, `nbf` and `iat` be off, in seconds. */
const LEEWAY = 30;

/**
 * What PostgREST does with tokens and `@supabase/lite` does not:
 *
 * - `request.jwt.claims` is what the token says to the last digit, sorted, the first of equal members; without a token it
 *   is the role alone. No `request.jwt.claim.sub`.
 * - a token in the header that is none is an error, not an anonymous reader; the scheme may be in any letters
 * - a role that is no text is an error, too
 * - clocks may be off by 30 seconds
 */
export function claimsAsPostgrest(connection: LiteConnection): {
  answer(request: Request, by: (request: Request) => Promise<Response>): Promise<Response>;
} {
  const payloads = new AsyncLocalStorage<string | undefined>();
  const withContext = connection.withContext.bind(connection);
  connection.withContext = (context, work, options) =>
    withContext(
      context,
      async (db) => {
        const { role = "anon" } = (context?.auth ?? {}) as { role?: unknown };
        const payload = payloads.getStore() ?? JSON.stringify({ role });
        if (context !== undefined) await db.executeQuery(settingClaims(payload));
        return work(db);
      },
      options,
    );
  return {
    async answer(request, by) {
      const token = tokenOf(request);
      if (token === undefined) return payloads.run(undefined, () => by(request));
      const parts = token.split(".");
      if (parts.length !== 3 || parts.includes("")) return refusal(parts.length);
      const { role = "" } = objectIn(textOf(parts[1])) ?? {};
      if (typeof role !== "string") return refusal(3);
      const headers = new Headers(request.headers);
      headers.set("authorization", `Bearer ${inTime(token)}`);
      const { url, method, body } = request;
      const asked = new Request(url, { method, headers, ...(body !== null && { body, duplex: "half" }) });
      return payloads.run(textOf(parts[1]), () => by(asked));
    },
  };
}

/** The bearer token of a request for data, if it is not one of the project's keys. */
function tokenOf({ url, headers }: Request): string | undefined {
  if (!new URL(url).pathname.startsWith("/rest/v1/")) return undefined;
  const token = /^bearer +(.*)$/i.exec(headers.get("authorization") ?? "")?.[1]?.trim();
  return token === headers.get("apikey") || token?.startsWith("sb_") ? undefined : token;
}

/** The error of a token that is not three parts with dots between, as PostgREST words it. */
function refusal(parts: number): Response {
  const message =
    parts === 3 ? "None of the keys was able to decode the JWT" : `Expected 3 parts in JWT; got ${parts}`;
  return Response.json(
    { code: "PGRST301", message, details: null, hint: null },
    { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } },
  );
}

/** The same token, or one that says the same an instant ago or later, if its times are off by no more than the leeway. */
function inTime(token: string): string {
  const dot = token.lastIndexOf(".");
  const content = token.slice(0, dot);
  if (tokenSignature(content) !== token.slice(dot + 1)) return token;
  const [header = "", payload = ""] = content.split(".");
  const claims = objectIn(textOf(payload));
  if (claims === undefined) return token;
  const now = Math.floor(Date.now() / 1_000);
  const moved = { ...claims };
  if (isWithin(claims.exp, now - LEEWAY, now)) moved.exp = now + LEEWAY;
  for (const name of ["nbf", "iat"]) if (isWithin(claims[name], now, now + LEEWAY)) moved[name] = now;
  if (JSON.stringify(moved) === JSON.stringify(claims)) return token;
  const signed = `${header}.${Buffer.from(JSON.stringify(moved)).toString("base64url")}`;
  return `${signed}.${tokenSignature(signed)}`;
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}

function textOf(part = ""): string {
  return Buffer.from(part, "base64url").toString();
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** The JSON text of an object without blanks: its members sorted, the first of equal ones, and numbers as they were. */
function sorted(object: string): string {
  const members = new Map<string, string>();
  let depth = 0;
  let member: string[] = [];
  const end = () => {
    const [key, , ...value] = member;
    if (key !== undefined && !members.has(key)) members.set(key, value.join(""));
    member = [];
  };
  for (const [token] of object.matchAll(JSON_TOKEN)) {
    if (token === "}" || token === "]") depth -= 1;
    if (depth === 1 && token === ",") end();
    else if (depth > 0) member.push(token);
    if (token === "{" || token === "[") depth += 1;
  }
  end();
  return `{${[...members]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => `${key}:${value}`)
    .join()}}`;
}

/** Runs after `@supabase/lite` has set what it sets, in the same transaction. */
function settingClaims(payload: string) {
  const sql = `select set_config('request.jwt.claim.sub', '', true), set_config('request.jwt.claim.role', '', true),
    set_config('request.jwt.claims', $1, true)`;
  const query = { kind: "RawNode" };
  return { sql, parameters: [sorted(payload)], query, queryId: { queryId: "claims" } } as never;
}
