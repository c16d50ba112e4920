import { isGatewayFailure, isRefused } from "./gateway-answer.ts";

/**
 * The gateway's answer; "failed" when there is none in time or it says that it has failed; "refused" when it does not
 * take this request although it is well.
 *
 * @throws what `fetch` throws when the caller aborts
 */
export async function throughGateway(
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
