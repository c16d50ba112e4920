import type { Way } from "../own-writes/own-writes.ts";
import { type Address, addressOf } from "./address.ts";

/**
 * Path and query of a PostgREST read of the project, from `/rest/v1/` on; undefined for any other request. What is not
 * plainly one is none: a read that stays out of the cache by mistake costs a little, one that goes to another project's
 * gateway gives away its keys.
 */
export function readPathOf(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  project: Address,
): string | undefined {
  if (!isReading(input, init)) return undefined;
  if (init?.body != null || (isRequest(input) && input.body != null)) return undefined;
  const path = pathIn(project, urlOf(input));
  return path !== undefined && READ.test(path) && !REPAIRED.test(path) ? path : undefined;
}

const READ = /^\/rest\/v1\//;

/** In the path: what a URL parser resolves, turns around or drops, so that another path is asked for than is written. */
const REPAIRED = /^[^?]*(?:[\\\t\n\r]|\/(?:\.|%2e){1,2}(?:[/?]|$))/i;

/** Whether a request may change what reads answer: through PostgREST, its functions (`rpc`), or GraphQL. */
export function isWrite(input: RequestInfo | URL, init: RequestInit | undefined, project: Address): boolean {
  return !isReading(input, init) && WRITE.test(pathIn(project, urlOf(input)) ?? "");
}

const WRITE = /^\/(?:rest\/v1\/|graphql\/v1(?![^/?]))/;

/** Path and query behind the project's address, without a fragment; undefined for other addresses. */
function pathIn(project: Address, url: string): string | undefined {
  const address = addressOf(url);
  if (address === undefined || address.origin !== project.origin) return undefined;
  const [rest = ""] = address.rest.split("#", 1);
  return rest.startsWith(project.rest) ? rest.slice(project.rest.length) : undefined;
}

function isReading(input: RequestInfo | URL, init: RequestInit | undefined): boolean {
  return /^(?:GET|HEAD)$/i.test(init?.method ?? (isRequest(input) ? input.method : "GET"));
}

function urlOf(input: RequestInfo | URL): string {
  return isRequest(input) ? input.url : String(input);
}

/** The same request for another address: what a `Request` says, and over that what `init` says. */
export function gatewayRequest(input: RequestInfo | URL, init: RequestInit | undefined): RequestInit {
  return isRequest(input) ? { ...stated(input), ...init } : { ...init };
}

/** No `instanceof`: polyfills and other realms have Requests of their own. */
function isRequest(input: RequestInfo | URL): input is Request {
  return typeof input === "object" && "url" in input && "method" in input;
}

/** What of a `Request` is independent of its address and is kept by platforms that have it. */
const STATED = ["method", "headers", "signal", "credentials", "cache", "redirect", "referrerPolicy"];

function stated(request: Request): RequestInit {
  const said = request as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    STATED.filter((name) => said[name] !== undefined).map((name) => [name, said[name]]),
  );
}

/**
 * A read with the headers that its way takes; what the caller says stays. Headers only: React Native's `fetch` answers
 * the option `cache: "no-store"` with a parameter in the URL, which PostgREST would take for a filter.
 */
export function askedSo(way: Way, init: RequestInit): RequestInit {
  if (way.kind !== "strict" && way.kind !== "token") return init;
  const headers = new Headers(init.headers);
  if (way.kind === "token") {
    if (!headers.has("tidemark-token")) headers.set("tidemark-token", way.token);
  } else {
    headers.append("cache-control", "no-cache");
    // Keeps the browser's own cache out (Fetch Standard, HTTP-network-or-cache fetch): after a 304 it would show the
    // headers that it has stored, an old token among them. This tag is nobody's, so the answer is complete.
    if (!headers.has("if-none-match")) headers.set("if-none-match", '"-"');
  }
  return { ...init, headers };
}
