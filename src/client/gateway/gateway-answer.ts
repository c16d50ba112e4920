import { type Label, labelOf } from "./cache-status.ts";

function problemOf(status: number): "failed" | "origin-failed" | "refused" {
  if (status === 502 || status === 504) return "origin-failed";
  return status >= 500 ? "failed" : "refused";
}

/**
 * What to make of whatever answered at the gateway's address: its label when it is the gateway's answer.
 *
 * - `failed`: it is not the gateway's, or the gateway says that it has failed. Without the gateway's own member in
 *   `Cache-Status` nothing is: a deleted Worker, a firewall, a login page and a parked domain answer, too, and with any
 *   status. A redirect is one of them: where it leads is not the address that was configured.
 * - `refused`: the gateway is well and declines what Supabase may still take: a path that it does not pass on, a URL
 *   too long for it; or it passes on a redirect, which only Supabase can be followed from.
 * - `origin-failed`: the gateway is well, and Supabase gives it no answer.
 *
 * What the gateway passes on from Supabase it labels, and that is an answer, whatever its status.
 *
 * @param gateway `https://host[:port]`
 */
export function judge(response: Response, gateway: string): Label | "failed" | "origin-failed" | "refused" {
  const label = cameFromElsewhere(response, gateway)
    ? undefined
    : labelOf(response.headers.get("cache-status"));
  if (label === undefined) return "failed";
  const { status } = response;
  if (isProblem(response)) return problemOf(status);
  return status >= 300 && status < 400 && status !== 304 ? "refused" : label;
}

/**
 * From where on an answer is known to reflect changes: their commit, or only the arrival of their webhook. "direct":
 * Supabase gave it just now. "none": it is older than it should be, because Supabase gives no answer.
 */
export function proofOf(label: Label): "commit" | "webhook" | "direct" | "none" {
  if (label.get("detail") === "stale-if-error") return "none";
  if (label.has("unproven")) return "webhook";
  return label.has("hit") || label.has("stored") ? "commit" : "direct";
}

/**
 * Whether a redirect was followed. React Native follows them whatever `redirect` says, and does not tell but by the
 * address. Browsers show one that they were told not to follow as an answer without status and headers.
 */
function cameFromElsewhere({ redirected, url }: Response, gateway: string): boolean {
  if (typeof redirected === "boolean") return redirected;
  return typeof url === "string" && url !== "" && !url.toLowerCase().startsWith(`${gateway}/`);
}

function isProblem({ status, headers }: Response): boolean {
  return status >= 400 && (headers.get("content-type")?.startsWith("application/problem+json") ?? false);
}
