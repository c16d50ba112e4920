import { BOUNDS } from "../tidemark.config.ts";

/** What a scenario did and saw. */
export class Figures {
  reads = 0;
  changes = 0;
  transactions = 0;
  rolledBack = 0;
  /** Reads that failed while the harness had taken a part down. */
  readonly failedMeanwhile = { gateway: 0, origin: 0 };
  /** Counts by `Cache-Status`. */
  readonly outcomes = new Map<string, number>();
  readonly faults = new Map<string, number>();
  /** Bound in milliseconds → the oldest answer to a read that asked for it. */
  readonly worstAge = new Map<number, number>(BOUNDS.map((bound) => [bound, 0]));
  /** Answers compared at the end: every query through every isolate. */
  compared = 0;
  /** The number of broken promises, and the first of them in full. */
  violations = 0;
  readonly told: string[] = [];

  outcome(cacheStatus: string): void {
    const [, ...rest] = cacheStatus.replace("; unproven", "").replace("; collapsed", "").split("; ");
    count(this.outcomes, rest.join(" ").replaceAll(/fwd=|detail=/g, "") || "none");
  }

  fault(kind: string): void {
    count(this.faults, kind);
  }

  age(bound: number, ms: number): void {
    this.worstAge.set(bound, Math.max(this.worstAge.get(bound) ?? 0, ms));
  }

  violation(what: string): void {
    this.violations++;
    if (this.told.length < 10) this.told.push(what);
  }

  get hits(): number {
    return [...this.outcomes].reduce((sum, [name, times]) => sum + (name.startsWith("hit") ? times : 0), 0);
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
