import { type Label, labelOf } from "./cache-status.ts";

function problemOf(status: number): "failed" | "origin-failed" | "refused" {
  if (status === 502 || status === 504) return "origin-failed";
  return status >= 500 ? "failed" : "refused";
}

/**
 * Judges a response from the gateway's address. Returns the gateway's label if the response is its answer.
 *
 * - `failed`: the response is not the gateway's, or the gateway says that it has failed. A response without the
 *   gateway's own member in `Cache-Status` is not the gateway's: a deleted Worker, a firewall, a login page and a
 *   parked domain answer, too, with any status. The same holds after a redirect, which leads to another address than
 *   the configured one.
 * - `refused`: the gateway works but declines what Supabase may still accept: a path that it does not pass on, or a URL
 *   that is too long for it. Or it passes on a redirect, which can only be followed from Supabase.
 * - `origin-failed`: the gateway works, but Supabase does not answer it.
 *
 * The gateway labels what it passes on from Supabase, and that is an answer, whatever its status.
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
 * From when on the answer reflects changes: from their `commit`, or only from the arrival of their `webhook`. `direct`:
 * Supabase has just given the answer. `none`: the answer is older than allowed, because Supabase does not answer.
 */
export function proofOf(label: Label): "commit" | "webhook" | "direct" | "none" {
  if (label.get("detail") === "stale-if-error") return "none";
  if (label.has("unproven")) return "webhook";
  return label.has("hit") || label.has("stored") ? "commit" : "direct";
}

/** Bypasses of functions that the gateway does not know to do nothing but read. */
const MAYBE_WRITTEN: ReadonlySet<string> = new Set([
  "function-not-configured",
  "function-unknown",
  "ambiguous-function",
  "volatile-function",
]);

/** Whether it was passed on as something that may change rows, whatever its sender takes it for. */
export function mayHaveWritten(label: Label): boolean {
  const forwarded = label.get("fwd");
  return forwarded === "method" || (forwarded === "bypass" && MAYBE_WRITTEN.has(label.get("detail") ?? ""));
}

/**
 * Whether a redirect was followed. React Native follows redirects whatever `redirect` says, and only the address shows
 * it. Browsers show a redirect that they do not follow as a response without status and headers.
 */
function cameFromElsewhere({ redirected, url }: Response, gateway: string): boolean {
  if (typeof redirected === "boolean") return redirected;
  return typeof url === "string" && url !== "" && !url.toLowerCase().startsWith(`${gateway}/`);
}

function isProblem({ status, headers }: Response): boolean {
  return status >= 400 && (headers.get("content-type")?.startsWith("application/problem+json") ?? false);
}
