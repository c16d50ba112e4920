import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { roleToken, tokenSignature } from "../../demo/capture.ts";
import type { Supabase } from "../../demo/supabase.ts";
import { contentLocation } from "../../src/postgrest/query/content-location.ts";
import { listening } from "./listening.ts";

export interface BareOptions {
  /** Where it serves; anywhere else is 404. Default: the root. */
  path?: string;
  /** The role of readers without a token; null: they get 401, as without `db-anon-role`. Default: `anon`. */
  anonRole?: string | null;
  /** Keys that a proxy in front of PostgREST requires in `apikey`. Default: none, and `apikey` means nothing. */
  apikeys?: readonly string[];
}

/** A PostgREST without Supabase's API gateway: the requests it received, and its address without the path. */
export interface BarePostgrest {
  url: string;
  arrived: Request[];
  /** Makes the database set these by `response.headers` from now on. */
  setHeaders: Record<string, string>;
  stop(): Promise<void>;
}

const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"];

/**
 * The embedded Supabase, made to answer as PostgREST alone does: no `apikey`, a token that it cannot verify is 401, and
 * the headers are those of `Response.hs`, where `@supabase/lite` says less (`Content-Profile`) or spells otherwise
 * (`Content-Location`).
 */
export async function startBarePostgrest(
  supabase: Supabase,
  options: BareOptions = {},
): Promise<BarePostgrest> {
  const { path = "", anonRole = "anon", apikeys = [] } = options;
  const bare: BarePostgrest = { url: "", arrived: [], setHeaders: {}, stop: async () => {} };
  const server = createAdaptorServer({
    overrideGlobalObjects: false,
    fetch: async (request) => {
      bare.arrived.push(request);
      const { pathname, search } = new URL(request.url);
      if (!pathname.startsWith(`${path}/`))
        return error(404, "PGRST125", "Invalid path specified in request URL");
      const rest = pathname.slice(path.length);
      // PostgREST has no deeper paths.
      if (!/^\/(?:rpc\/)?[^/]*$/.test(rest))
        return error(404, "PGRST125", "Invalid path specified in request URL");
      if (apikeys.length > 0 && !apikeys.includes(request.headers.get("apikey") ?? "")) {
        return Response.json({ message: "No API key found in request" }, { status: 401 });
      }
      const token = tokenOf(request, anonRole);
      if (token instanceof Response) return token;
      const headers = new Headers(request.headers);
      for (const name of ["host", "accept-encoding", ...HOP_BY_HOP]) headers.delete(name);
      headers.set("apikey", supabase.publishableKey);
      headers.set("authorization", `Bearer ${token}`);
      const isRead = request.method === "GET" || request.method === "HEAD";
      const answer = await fetch(`${supabase.url}/rest/v1${rest}${search}`, {
        method: request.method,
        headers,
        ...(!isRead && { body: await request.arrayBuffer() }),
        redirect: "manual",
      });
      const named = await asPostgrest(answer, request, decodeURIComponent(rest.slice(1)), search.slice(1));
      for (const [name, value] of Object.entries(bare.setHeaders)) named.headers.set(name, value);
      return named;
    },
  }) as Server;
  const { url, stop } = await listening(server);
  return Object.assign(bare, { url, stop });
}

/** The token to read with, or PostgREST's answer to one that it rejects (`Auth.hs`). */
function tokenOf(request: Request, anonRole: string | null): string | Response {
  const token = /^bearer\s+(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (token === undefined) {
    return anonRole === null ? error(401, "PGRST302", "Anonymous access is disabled") : roleToken(anonRole);
  }
  const dot = token.lastIndexOf(".");
  const isOurs = tokenSignature(token.slice(0, dot)) === token.slice(dot + 1);
  return isOurs ? token : error(401, "PGRST301", "No suitable key or wrong key type");
}

async function asPostgrest(
  answer: Response,
  request: Request,
  relation: string,
  search: string,
): Promise<Response> {
  const headers = new Headers(answer.headers);
  for (const name of [...headers.keys()]) {
    if (HOP_BY_HOP.includes(name) || name.startsWith("access-control-")) headers.delete(name);
  }
  headers.set("server", "postgrest/14.1");
  headers.set("vary", "Accept, Prefer, Range");
  const location = headers.has("content-location") && contentLocation(relation, search);
  if (location) headers.set("content-location", location);
  const isRead = request.method === "GET" || request.method === "HEAD";
  const profile = request.headers.get("accept-profile");
  if (answer.ok && isRead && profile !== null) headers.set("content-profile", profile);
  if (!answer.ok) {
    const { code = "" } = (await answer
      .clone()
      .json()
      .catch(() => ({}))) as { code?: string };
    headers.set("proxy-status", `PostgREST; error=${code}`);
  }
  const hasBody = request.method !== "HEAD" && ![204, 304].includes(answer.status);
  return new Response(hasBody ? await answer.arrayBuffer() : null, { status: answer.status, headers });
}

function error(status: number, code: string, message: string): Response {
  return Response.json(
    { code, message, details: null, hint: null },
    { status, headers: { "proxy-status": `PostgREST; error=${code}` } },
  );
}
