/**
 * The bound of a read in milliseconds: the table's `freshness`, or less if the request asks for less by RFC 9111
 * §5.2.1's `no-cache` or `max-age`. Our `Age` is the age of the proof, so `max-age` means what it says.
 *
 * @param cacheControl the request's `Cache-Control`; null when it has none
 */
export function boundOf(cacheControl: string | null, freshnessMs: number): number {
  if (cacheControl === null) return freshnessMs;
  let bound = freshnessMs;
  for (const directive of cacheControl.toLowerCase().split(",")) {
    const [name = "", value = ""] = directive.trim().split("=", 2);
    if (name === "no-cache") return 0;
    if (name === "max-age" && /^\d{1,10}$/.test(value)) bound = Math.min(bound, Number(value) * 1_000);
  }
  return bound;
}

/**
 * How much older than the bound an answer may be that is given at once and refreshed behind: the table's
 * `staleWhileRevalidate`, less if the request's `max-age` ends within it, and 0 if the request has lowered the bound.
 *
 * @param boundMs by `boundOf`
 */
export function staleBeyond(
  boundMs: number,
  cacheControl: string | null,
  {
    freshnessMs,
    staleWhileRevalidateMs,
  }: { readonly freshnessMs: number; readonly staleWhileRevalidateMs: number },
): number {
  const allowed = boundOf(cacheControl, freshnessMs + staleWhileRevalidateMs) - freshnessMs;
  return boundMs < freshnessMs ? 0 : Math.max(0, allowed);
}
