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

function isProblem(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("application/problem+json") ?? false;
}

function isLabelled(response: Response): boolean {
  return response.headers.get("cache-status")?.includes("tidemark") ?? false;
}
