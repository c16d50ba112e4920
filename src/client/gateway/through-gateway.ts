import type { Label } from "./cache-status.ts";
import { judge } from "./gateway-answer.ts";
import { bodyArrives, LATE, within } from "./waiting.ts";

export interface GatewayAnswer {
  readonly response: Response;
  readonly label: Label;
}

interface GatewayAccess {
  readonly ask: typeof fetch;
  /** `https://host[:port]` */
  readonly gateway: string;
  readonly timeoutMs: number;
}

/**
 * The gateway's answer. `failed` when the gateway gave no answer in time, or not all of it; `refused` when it works but
 * does not accept this request; `origin-failed` when Supabase does not answer it.
 *
 * @param path path and query, from the first `/`
 * @throws what `fetch` throws when the caller aborts
 */
export async function throughGateway(
  { ask, gateway, timeoutMs }: GatewayAccess,
  path: string,
  init: RequestInit,
): Promise<GatewayAnswer | "failed" | "origin-failed" | "refused"> {
  const { signal } = init;
  const late = new AbortController();
  const request: RequestInit = {
    ...init,
    // A redirect does not lead to the gateway, so its target must see neither key nor session.
    redirect: "manual",
    signal: either(signal, late.signal),
  };
  // In an async function, because a custom `fetch` may throw synchronously.
  const asked = (async () => ask(gateway + path, request))();
  try {
    const response = await within(timeoutMs, asked);
    if (response === LATE) {
      late.abort();
      // Where the time-out could not abort the request, its answer may still come: discard it.
      asked.then(discard, () => {});
      return "failed";
    }
    const label = judge(response, gateway);
    if (typeof label === "string") {
      discard(response);
      return label;
    }
    if (await bodyArrives(response, timeoutMs)) return { response, label };
    late.abort();
    discard(response);
  } catch (error) {
    if (signal?.aborted) throw error;
  }
  // Reached when the signals could not be joined, or the body ignores them.
  if (signal?.aborted) throw signal.reason;
  return "failed";
}

/** Releases an answer that will not be read. */
export function discard(response: Response): void {
  // Bodies are not streams in React Native.
  response.body?.cancel?.().catch(() => {});
}

/** A signal that aborts with the caller's or with ours. Where signals cannot be joined, the caller's alone. */
function either(callers: AbortSignal | null | undefined, ours: AbortSignal): AbortSignal {
  if (callers === null || callers === undefined) return ours;
  return typeof AbortSignal.any === "function" ? AbortSignal.any([callers, ours]) : callers;
}
