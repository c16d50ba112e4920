import { type Duration, parseDuration } from "../cache/duration.ts";
import { isGatewayFailure, isRefused } from "./gateway-answer.ts";
import { GatewayHealth } from "./gateway-health.ts";
import { gatewayRequest, readPathOf } from "./read-request.ts";

export interface ClientOptions {
  /** Address of the gateway: `https://tidemark.example.workers.dev`. */
  readonly gateway: string;
  /** What asks the network; the platform's `fetch` by default. */
  readonly fetch?: typeof fetch;
  /** A gateway that has not begun to answer by then has failed. Default: `"5s"`. */
  readonly timeout?: Duration;
}

/**
 * A `fetch` for supabase-js that reads through the gateway:
 *
 * ```ts
 * createClient(url, key, { global: { fetch: tidemark({ gateway: "https://tidemark.example.workers.dev" }) } });
 * ```
 *
 * Only `GET` and `HEAD` under `/rest/v1/` go to the gateway; all else, and every read while the gateway fails, goes
 * where it went before. The caller's abort is passed on and is no failure.
 *
 * @throws TypeError when `gateway` is not an address; RangeError when `timeout` is not a duration
 */
export function tidemark(options: ClientOptions): typeof fetch {
  const gateway = addressOf(options.gateway);
  const timeoutMs = parseDuration(options.timeout ?? "5s");
  // Looked up at each call: React Native and tests put theirs in place late.
  const ask: typeof fetch =
    options.fetch ?? ((input: RequestInfo | URL, init?: RequestInit) => fetch(input, init));
  const health = new GatewayHealth(timeoutMs);

  return async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const path = readPathOf(input, init);
    if (path === undefined || !health.mayAsk()) return ask(input, init);
    const answer = await throughGateway(ask, gateway + path, gatewayRequest(input, init), timeoutMs);
    if (answer === "failed") {
      health.failed();
      return ask(input, init);
    }
    health.answered();
    return answer === "refused" ? ask(input, init) : answer;
  };
}

/**
 * The gateway's answer; "failed" when there is none in time or it says that it has failed; "refused" when it does not
 * take this request although it is well.
 *
 * @throws what `fetch` throws when the caller aborts
 */
async function throughGateway(
  ask: typeof fetch,
  url: string,
  init: RequestInit,
  timeoutMs: number,
): Promise<Response | "failed" | "refused"> {
  const { signal } = init;
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timedOut = new Promise<"failed">((resolve) => {
    timer = setTimeout(() => {
      resolve("failed");
      late.abort();
    }, timeoutMs);
  });
  // In a function of its own: a custom `fetch` may throw at once.
  const asked = (async () => ask(url, { ...init, signal: either(signal, late.signal) }))();
  try {
    const response = await Promise.race([asked, timedOut]);
    if (response === "failed") {
      // Where the time-out could not abort it, its answer may still come: nobody waits for it.
      asked.then(discard, () => {});
      return response;
    }
    const verdict = isGatewayFailure(response) ? "failed" : isRefused(response) ? "refused" : undefined;
    if (verdict === undefined) return response;
    discard(response);
    return verdict;
  } catch (error) {
    if (signal?.aborted) throw error;
    return "failed";
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}

function discard(response: Response): void {
  // React Native's bodies are no streams.
  response.body?.cancel?.().catch(() => {});
}

/** Aborts with the caller's signal or with ours. Where signals cannot be joined the caller's matters more. */
function either(callers: AbortSignal | null | undefined, ours: AbortSignal): AbortSignal {
  if (callers === null || callers === undefined) return ours;
  return typeof AbortSignal.any === "function" ? AbortSignal.any([callers, ours]) : callers;
}

/** `https://host[:port]`, by hand: React Native's `URL` is incomplete. */
function addressOf(gateway: unknown): string {
  const address =
    typeof gateway === "string" ? /^(https?:\/\/[^\s/?#@\\]+)\/?$/i.exec(gateway.trim())?.[1] : undefined;
  if (address !== undefined) return address;
  throw new TypeError(
    `tidemark: gateway must be the gateway's address without a path, such as "https://tidemark.example.workers.dev"; it is ${
      typeof gateway === "string" ? JSON.stringify(gateway) : String(gateway)
    }`,
  );
}
