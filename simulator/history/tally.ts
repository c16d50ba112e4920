/** What many histories tried, and how close they came to a violation. */
export class Tally {
  histories = 0;
  reads = 0;
  commits = 0;
  /** Faults and mishaps, by kind. */
  readonly faults: Record<string, number> = {};
  /** How reads were answered. */
  readonly answers: Record<string, number> = {};
  /** Claims that were checked against the truth. */
  proofs = 0;
  /** For each bound, how long before its begin a read's answer was last true, at worst. */
  readonly worstStaleness: Record<string, number> = {};

  fault(kind: string): void {
    this.faults[kind] = (this.faults[kind] ?? 0) + 1;
  }

  answer(kind: string): void {
    this.answers[kind] = (this.answers[kind] ?? 0) + 1;
  }

  staleness(boundMs: number, milliseconds: number): void {
    this.worstStaleness[boundMs] = Math.max(this.worstStaleness[boundMs] ?? 0, milliseconds);
  }

  /** Adds another thread's counts. */
  add(other: Tally): void {
    this.histories += other.histories;
    this.reads += other.reads;
    this.commits += other.commits;
    this.proofs += other.proofs;
    for (const [kind, count] of Object.entries(other.faults))
      this.faults[kind] = (this.faults[kind] ?? 0) + count;
    for (const [kind, count] of Object.entries(other.answers))
      this.answers[kind] = (this.answers[kind] ?? 0) + count;
    for (const [bound, worst] of Object.entries(other.worstStaleness)) this.staleness(Number(bound), worst);
  }
}
