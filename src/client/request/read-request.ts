import type { ReadPlan } from "../own-writes/own-writes.ts";
import { type Address, addressOf } from "./address.ts";

/**
 * Path and query of a PostgREST read of the project, from `/rest/v1/` on; undefined for any other request. In doubt it
 * is undefined: to keep a read out of the cache costs a little, but to send one to another project's gateway reveals
 * its keys.
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

/** Functions that only read, by the owner's word: "name" in the schema `public`, or "schema.name". */
export type ReadingFunctions = ReadonlySet<string>;

/**
 * Path and query of a POST that calls one of these functions, from `/rest/v1/rpc/` on; undefined for any other request. Its
 * body must be a text, so that it can be sent again if the gateway fails: supabase-js sends one.
 */
export function callPathOf(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  project: Address,
  functions: ReadingFunctions,
): string | undefined {
  if (functions.size === 0 || typeof init?.body !== "string") return undefined;
  if (!/^POST$/i.test(methodOf(input, init))) return undefined;
  const path = pathIn(project, urlOf(input));
  const name = path === undefined || REPAIRED.test(path) ? undefined : CALL.exec(path)?.[1];
  if (name === undefined) return undefined;
  const headers = new Headers(init.headers ?? (isRequest(input) ? input.headers : undefined));
  const schema = headers.get("content-profile") ?? "public";
  const isKnown = functions.has(`${schema}.${name}`) || (schema === "public" && functions.has(name));
  return isKnown ? path : undefined;
}

/** A name that nothing on the way reads otherwise. */
const CALL = /^\/rest\/v1\/rpc\/([\w$-]+)(?:\?|$)/;

const READ = /^\/rest\/v1\//;

/** In the path: what a URL parser resolves, turns around or drops, so that the request goes to another path. */
const REPAIRED = /^[^?]*(?:[\\\t\n\r]|\/(?:\.|%2e){1,2}(?:[/?]|$))/i;

/** Whether a request may change what reads return: through PostgREST, its functions (`rpc`) or GraphQL. */
export function isWrite(input: RequestInfo | URL, init: RequestInit | undefined, project: Address): boolean {
  return !isReading(input, init) && WRITE.test(pathIn(project, urlOf(input)) ?? "");
}

const WRITE = /^\/(?:rest\/v1\/|graphql\/v1(?![^/?]))/;

/** Path and query after the project's address, without a fragment; undefined for other addresses. */
function pathIn(project: Address, url: string): string | undefined {
  const address = addressOf(url);
  if (address === undefined || address.origin !== project.origin) return undefined;
  const [rest = ""] = address.rest.split("#", 1);
  return rest.startsWith(project.rest) ? rest.slice(project.rest.length) : undefined;
}

function isReading(input: RequestInfo | URL, init: RequestInit | undefined): boolean {
  return /^(?:GET|HEAD)$/i.test(methodOf(input, init));
}

function methodOf(input: RequestInfo | URL, init: RequestInit | undefined): string {
  return init?.method ?? (isRequest(input) ? input.method : "GET");
}

function urlOf(input: RequestInfo | URL): string {
  return isRequest(input) ? input.url : String(input);
}

/** The request's options for another address: those of a `Request`, overridden by `init`. */
export function gatewayRequest(input: RequestInfo | URL, init: RequestInit | undefined): RequestInit {
  return isRequest(input) ? { ...stated(input), ...init } : { ...init };
}

/** Not by `instanceof`: polyfills and other realms have their own `Request`. */
function isRequest(input: RequestInfo | URL): input is Request {
  return typeof input === "object" && "url" in input && "method" in input;
}

/** The options of a `Request` that do not depend on its address. A platform may lack some. */
const STATED = ["method", "headers", "signal", "credentials", "cache", "redirect", "referrerPolicy"];

function stated(request: Request): RequestInit {
  const said = request as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    STATED.filter((name) => said[name] !== undefined).map((name) => [name, said[name]]),
  );
}

/**
 * Adds the headers that the plan needs to a read. The caller's own stay. Only headers, because React Native's `fetch`
 * turns the option `cache: "no-store"` into a URL parameter, which PostgREST would take for a filter.
 */
export function withPlan(plan: ReadPlan, init: RequestInit): RequestInit {
  if (plan.kind !== "strict" && plan.kind !== "token") return init;
  const headers = new Headers(init.headers);
  if (plan.kind === "token") {
    if (!headers.has("tidemark-token")) headers.set("tidemark-token", plan.token);
  } else {
    headers.append("cache-control", "no-cache");
    // Keeps the browser's own cache out (Fetch Standard, HTTP-network-or-cache fetch): after a 304 it would show its
    // stored headers, with an old token among them. No entry has this tag, so the answer is complete.
    if (!headers.has("if-none-match")) headers.set("if-none-match", '"-"');
  }
  return { ...init, headers };
}
