/** Parts that cannot answer at all. */
export type Part = "gateway" | "origin";

interface Outage {
  readonly part: Part;
  readonly from: number;
  to: number;
}

/** When the harness had taken a part down: reads that fail then are counted apart. */
export class Outages {
  readonly #outages: Outage[] = [];

  /** `part` is down from now until `work` is done, which brings it back. */
  async during<T>(part: Part, work: () => Promise<T>): Promise<T> {
    const outage: Outage = { part, from: performance.now(), to: Number.POSITIVE_INFINITY };
    this.#outages.push(outage);
    try {
      return await work();
    } finally {
      outage.to = performance.now();
    }
  }

  /** What was down at some moment between the two; the gateway's connections break for some time after that. */
  between(from: number, to: number, aftermathMs: number): Part | undefined {
    const ends = ({ part, to }: Outage) => to + (part === "gateway" ? aftermathMs : 0);
    return this.#outages.findLast((outage) => outage.from <= to && ends(outage) >= from)?.part;
  }
}
