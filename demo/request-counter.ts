/** Counts what reached the origin, for tests and benchmarks that assert how often the cache asked. */
export class RequestCounter {
  /** Every request, whatever its method and path. */
  total = 0;
  /** `GET` and `HEAD` of `/rest/v1`. */
  reads = 0;
  inFlight = 0;
  /** The most reads at once since the last reset. */
  maxInFlight = 0;
  #readsByTarget = new Map<string, number>();

  begin(method: string, target: string): { end(): void } {
    this.total += 1;
    const read = (method === "GET" || method === "HEAD") && target.startsWith("/rest/v1/");
    if (!read) return { end() {} };
    this.reads += 1;
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    this.#readsByTarget.set(target, this.readsOf(target) + 1);
    return {
      end: () => {
        this.inFlight -= 1;
      },
    };
  }

  /** Reads of exactly this path and query, as they stood in the request line: `/rest/v1/movies?id=eq.7`. */
  readsOf(target: string): number {
    return this.#readsByTarget.get(target) ?? 0;
  }

  /** Reads by path and query. */
  get byTarget(): ReadonlyMap<string, number> {
    return this.#readsByTarget;
  }

  reset(): void {
    this.total = 0;
    this.reads = 0;
    this.maxInFlight = this.inFlight;
    this.#readsByTarget.clear();
  }
}
