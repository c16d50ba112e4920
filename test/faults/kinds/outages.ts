/** Parts that cannot answer at all. */
export type Part = "gateway" | "origin";

interface Outage {
  readonly part: Part;
  readonly from: number;
  to: number;
}

/** When the harness took parts down. Reads that fail during these times are counted separately. */
export class Outages {
  readonly #outages: Outage[] = [];

  /** Notes `part` as down until `work`, which brings it back, is done. */
  async during<T>(part: Part, work: () => Promise<T>): Promise<T> {
    const outage: Outage = { part, from: performance.now(), to: Number.POSITIVE_INFINITY };
    this.#outages.push(outage);
    try {
      return await work();
    } finally {
      outage.to = performance.now();
    }
  }

  /** What was down between the two or shortly before, since the gateway's connections break for some time after. */
  between(from: number, to: number, aftermathMs: number): Part | undefined {
    const ends = ({ part, to }: Outage) => to + (part === "gateway" ? aftermathMs : 0);
    return this.#outages.findLast((outage) => outage.from <= to && ends(outage) >= from)?.part;
  }
}
