import { REST } from "../../keeper/protocol/constants.ts";
import type { Forwarding } from "../config/config.ts";
import { cacheStatus } from "../http/cache-status.ts";
import { addToList, applyCors } from "../http/headers/cors.ts";
import { dropHopByHop, originHeaders } from "../http/headers/origin-headers.ts";
import { withOwnOrigin } from "../http/headers/own-origin.ts";
import type { BypassReason, RequestOutcome } from "../http/outcome.ts";
import { problem } from "../http/problem.ts";
import { originUrl, PRODUCTS, type Product, productOf, type Target } from "../http/request/target.ts";
import { WITHOUT_BODY } from "../http/status.ts";

/**
 * Cloudflare, which is also in front of Supabase, gives an origin 120 s to begin its answer and then answers 524
 * (developers.cloudflare.com/fundamentals/reference/connection-limits). That answer should come first.
 */
const LAST_DEADLINE_MS = 125_000;

/** Uploads, edge functions and sockets may take any time. */
const WITHOUT_DEADLINE: ReadonlySet<Product> = new Set<Product>(["storage", "functions", "realtime"]);

/**
 * Reads that the cache would have answered if it had not failed. They get an answer or an error as soon as a fill would
 * have given one.
 */
const IN_PLACE_OF_A_FILL: ReadonlySet<BypassReason> = new Set<BypassReason>([
  "budget",
  "keeper-starting",
  "keeper-failed",
  "breaker-open",
  "cannot-prove",
]);

/**
 * Forwards a request to Supabase and its answer back, both as streams, byte for byte: also WebSockets, encoded bodies,
 * redirects, ranges and errors. Never throws: when Supabase does not answer, the response is a problem (502, 504).
 */
export async function passThrough(
  request: Request,
  target: Target,
  config: Forwarding,
  outcome: RequestOutcome,
): Promise<Response> {
  const product = productOf(target);
  if (product === undefined) return noSuchPath(config);
  if (product !== "rest" && config.restPath !== REST) {
    const where = config.restPath === "" ? "at the root" : `at ${config.restPath}`;
    return problem("not-supabase", `The origin is a PostgREST ${where}; it has no ${product}`);
  }
  // `fetch` refuses these methods (Fetch Standard §2.2.1), and Supabase does not use them.
  if (/^(?:CONNECT|TRACE|TRACK)$/i.test(request.method)) {
    return problem("method-not-allowed", `${request.method} is not passed on`, {
      headers: { allow: "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS" },
    });
  }
  const label = { "cache-status": statusOf(request, product, outcome) };
  const answer = await ask(request, target, config, deadlineOf(request, product, outcome, config), label);
  if (answer.status === 101) return answer;
  expose(answer.headers, request, product, config);
  return answer;
}

function noSuchPath({ restPath }: Forwarding): Response {
  const prefixes = restPath === REST ? PRODUCTS.map((name) => `/${name}/v1/`) : [`${REST}/`, `${restPath}/`];
  return problem("no-such-path", `Paths begin with ${prefixes.join(", ")}; the page is at /_tidemark/`);
}

function deadlineOf(
  request: Request,
  product: Product,
  outcome: RequestOutcome,
  config: Forwarding,
): number | null {
  // A body may take any time to arrive here, and the answer comes after it.
  if (WITHOUT_DEADLINE.has(product) || request.body !== null) return null;
  const owed = outcome.kind === "bypass" && IN_PLACE_OF_A_FILL.has(outcome.reason);
  return owed ? config.timeouts.originMs : LAST_DEADLINE_MS;
}

/** How the request was handled. */
type StatusHeader = { readonly "cache-status": string };

/** Always makes a response whose headers can be changed. */
async function ask(
  request: Request,
  target: Target,
  config: Forwarding,
  deadlineMs: number | null,
  label: StatusHeader,
): Promise<Response> {
  const deadline = new AbortController();
  // It ends with the headers, because a body may take any time.
  const timer = deadlineMs === null ? null : setTimeout(() => deadline.abort(), deadlineMs);
  try {
    const response = await fetch(originUrl(config, target), originRequest(request, deadline.signal));
    return answerFrom(response, label);
  } catch {
    // The error can name hosts and addresses, so callers do not see it.
    return deadline.signal.aborted
      ? problem("origin-timeout", "Supabase did not begin its answer in time", { headers: label })
      : problem("origin-unreachable", "The connection to Supabase failed", { headers: label });
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}

function originRequest(request: Request, signal: AbortSignal): RequestInit {
  const headers = originHeaders(request);
  // A header of the connection, but the only way to ask for a WebSocket: the platform makes the new handshake.
  if (request.headers.get("upgrade")?.toLowerCase() === "websocket") headers.set("upgrade", "websocket");
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead) headers.delete("content-length");
  return {
    method: request.method,
    headers,
    // `fetch` accepts no body with a read, and PostgREST ignores one.
    body: isRead ? null : request.body,
    redirect: "manual",
    // Keeps Cloudflare's own cache out. The runtime adds `Cache-Control: no-cache`, which tells caches on the way the
    // same. Writes are never cached and stay as they came.
    ...(isRead && { cache: "no-store" }),
    signal,
  };
}

function answerFrom(response: Response, label: StatusHeader): Response {
  if (response.status === 101) return response;
  const headers = new Headers(response.headers);
  dropHopByHop(headers);
  if (!WITHOUT_BODY.has(response.status)) withOwnOrigin(headers);
  // After the members of caches nearer to the origin (RFC 9211 §2).
  headers.append("cache-status", label["cache-status"]);
  return new Response(WITHOUT_BODY.has(response.status) ? null : response.body, {
    status: response.status,
    statusText: response.statusText,
    headers,
  });
}

/** Lets pages read `Cache-Status` and the response headers that the owner keeps. */
function expose(headers: Headers, request: Request, product: Product, config: Forwarding): void {
  if (product === "rest") applyCors(headers, request.headers.get("origin"), config.allowedOrigins);
  if (!headers.has("access-control-allow-origin")) return;
  for (const name of ["Cache-Status", ...(product === "rest" ? config.headers.response : [])])
    addToList(headers, "access-control-expose-headers", name);
}

/** `fwd=method` is for methods that no cache can answer (RFC 9211 §2.2). Reads of other products are a bypass. */
function statusOf(request: Request, product: Product, outcome: RequestOutcome): string {
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (outcome.kind === "method" && isRead && product !== "rest") return "tidemark; fwd=bypass";
  return cacheStatus(outcome, true);
}
