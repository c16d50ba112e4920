import type { Counts, UsageReport } from "../keeper/protocol/statistics.ts";

/** Limits of the keys reported with one call: enough to show the keeper what is in demand, and small to send. */
const KEYS_SAMPLED = 256;
const CHARACTERS_SAMPLED = 65_536;

const NOTHING: Counts = {
  hits: 0,
  stale: 0,
  misses: 0,
  signedInHits: 0,
  bypasses: 0,
  errors: 0,
  originRequests: 0,
  kvReads: 0,
  shadowReads: 0,
  shadowWrong: 0,
};

/**
 * What this isolate has counted and not yet reported to the keeper. Reports ride along on calls that are made anyway.
 */
export class UsageReporter {
  #counts: Record<keyof Counts, number> = { ...NOTHING };
  #keysRead = new Set<string>();
  #characters = 0;
  #pending = 0;

  count(counter: keyof Counts): void {
    this.#counts[counter]++;
    this.#pending++;
  }

  read(key: string): void {
    const { size } = this.#keysRead;
    if (size >= KEYS_SAMPLED || this.#characters >= CHARACTERS_SAMPLED) return;
    this.#keysRead.add(key);
    if (this.#keysRead.size > size) this.#characters += key.length;
  }

  /** How many counts are not yet reported. */
  get pending(): number {
    return this.#pending;
  }

  /** Null: there is nothing to report. */
  take(): UsageReport | null {
    if (this.#pending === 0) return null;
    const report = { counts: this.#counts, keysRead: [...this.#keysRead] };
    this.#counts = { ...NOTHING };
    this.#keysRead = new Set();
    this.#characters = 0;
    this.#pending = 0;
    return report;
  }

  /** The call that carried the report failed, so the next call reports it again. */
  putBack(report: UsageReport | null): void {
    if (!report) return;
    for (const [name, count] of Object.entries(report.counts)) {
      this.#counts[name as keyof Counts] += count;
      this.#pending += count;
    }
    for (const key of report.keysRead) this.read(key);
  }
}
