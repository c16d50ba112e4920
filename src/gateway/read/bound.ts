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
