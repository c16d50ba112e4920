/**
 * The bound that a request asks for, in milliseconds: RFC 9111 §5.2.1's `no-cache` and `max-age`, which may only
 * make the table's own `freshness` stricter. Our `Age` is the age of the proof, so `max-age` means what it says.
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
