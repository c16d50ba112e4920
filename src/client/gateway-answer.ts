/**
 * Whether an answer means that the gateway failed: an error of its own (a problem), or one of the network in front of
 * it. What it passes on from Supabase it labels with `Cache-Status`, and that is an answer, whatever its status.
 */
export function isGatewayFailure(response: Response): boolean {
  if (response.status < 500) return response.status === 429 && !isLabelled(response);
  return isProblem(response) || !isLabelled(response);
}

/** Whether the gateway declines what Supabase may still take: a path that it does not pass on, a URL too long for it. */
export function isRefused(response: Response): boolean {
  return response.status >= 400 && response.status < 500 && isProblem(response);
}

/**
 * From where on an answer is known to reflect changes: their commit, or only the arrival of their webhook. "direct":
 * Supabase gave it just now. "none": it is older than it should be, because Supabase gives no answer.
 */
export function proofOf(response: Response): "commit" | "webhook" | "direct" | "none" {
  const status = cacheStatusOf(response);
  if (status.includes("stale-if-error")) return "none";
  if (status.includes("; unproven")) return "webhook";
  return /; (?:hit|stored)\b/.test(status) ? "commit" : "direct";
}

function isProblem(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("application/problem+json") ?? false;
}

function isLabelled(response: Response): boolean {
  return cacheStatusOf(response).includes("tidemark");
}

function cacheStatusOf(response: Response): string {
  return response.headers.get("cache-status") ?? "";
}
