import type { Label } from "./cache-status.ts";
import { judge } from "./gateway-answer.ts";
import { bodyArrives, LATE, within } from "./waiting.ts";

export interface GatewayAnswer {
  readonly response: Response;
  readonly label: Label;
}

interface Gateway {
  readonly ask: typeof fetch;
  /** `https://host[:port]` */
  readonly gateway: string;
  readonly timeoutMs: number;
}

/**
 * The gateway's answer; "failed" when none of its own came in time, or not to its end; "refused" when it does not take
 * this request although it is well; "origin-failed" when Supabase gives it no answer.
 *
 * @param path path and query, from the first `/`
 * @throws what `fetch` throws when the caller aborts
 */
export async function throughGateway(
  { ask, gateway, timeoutMs }: Gateway,
  path: string,
  init: RequestInit,
): Promise<GatewayAnswer | "failed" | "origin-failed" | "refused"> {
  const { signal } = init;
  const late = new AbortController();
  const request: RequestInit = {
    ...init,
    // Whatever a redirect leads to is not the gateway, and must see neither key nor session.
    redirect: "manual",
    signal: either(signal, late.signal),
  };
  // In a function of its own: a custom `fetch` may throw at once.
  const asked = (async () => ask(gateway + path, request))();
  try {
    const response = await within(timeoutMs, asked);
    if (response === LATE) {
      late.abort();
      // Where the time-out could not abort it, its answer may still come: nobody waits for it.
      asked.then(discard, () => {});
      return "failed";
    }
    const verdict = judge(response, gateway);
    if (typeof verdict === "string") {
      discard(response);
      return verdict;
    }
    if (await bodyArrives(response, timeoutMs)) return { response, label: verdict };
    late.abort();
    discard(response);
  } catch (error) {
    if (signal?.aborted) throw error;
  }
  // Where the signals could not be joined, or the body heeds none.
  if (signal?.aborted) throw signal.reason;
  return "failed";
}

/** Lets go of an answer that nobody will read. */
export function discard(response: Response): void {
  // React Native's bodies are no streams.
  response.body?.cancel?.().catch(() => {});
}

/** Aborts with the caller's signal or with ours. Where signals cannot be joined the caller's matters more. */
function either(callers: AbortSignal | null | undefined, ours: AbortSignal): AbortSignal {
  if (callers === null || callers === undefined) return ours;
  return typeof AbortSignal.any === "function" ? AbortSignal.any([callers, ours]) : callers;
}
