import { PROOF_AGE_CLASSES, WAIT_CLASSES } from "../keeper/protocol/classes.ts";
import { Durations } from "../keeper/protocol/durations.ts";
import { ANSWERED_AS, type AnsweredAs, byAnswer } from "../keeper/protocol/read-ends.ts";
import type {
  Counts,
  HistogramCounts,
  NearEnd,
  NearMirror,
  UsageReport,
} from "../keeper/protocol/statistics.ts";
import { KeysRead } from "./keys-read.ts";
import { TableUsage } from "./table-usage.ts";

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

const NOT_ASKED = { answered: 0, failed: 0, leftAlone: 0 } as const;

/**
 * What this isolate has counted and not yet reported to the keeper. Reports ride along on calls that are made anyway.
 */
export class UsageReporter {
  readonly tables: TableUsage;
  /** What readers waited for the head of their answer, by how they were answered. */
  readonly waits: Readonly<Record<AnsweredAs, Durations>> = byAnswer(() => new Durations(WAIT_CLASSES));
  /** How old the proofs of answers from the cache were. */
  readonly proofAges = new Durations(PROOF_AGE_CLASSES);
  #isolate: string | undefined;
  #counts: Record<keyof Counts, number> = { ...NOTHING };
  readonly #keysRead = new KeysRead();
  #pending = 0;
  #workerRequests = 0;
  /** Null: no mirror has been asked. */
  #near: NearMirror | null = null;

  /** @param tables counts by table; without it nothing is */
  constructor(tables: TableUsage = new TableUsage([], [])) {
    this.tables = tables;
  }

  count(counter: keyof Counts): void {
    this.#counts[counter]++;
    this.#pending++;
  }

  /** The Worker was invoked. That alone is not worth a call of the keeper, so it does not count as pending. */
  invoked(): void {
    this.#workerRequests++;
  }

  read(key: string): void {
    this.#keysRead.add(key);
  }

  /** A call that the mirror of this name was to answer has ended like this. It rides along as `invoked` does. */
  near(name: string, end: NearEnd): void {
    const { answered = 0, failed = 0, leftAlone = 0 } = this.#near ?? {};
    const near = { name, answered, failed, leftAlone };
    near[end]++;
    this.#near = near;
  }

  /** How many counts are not yet reported. */
  get pending(): number {
    return this.#pending;
  }

  /** Null: there is nothing to report. */
  take(): UsageReport | null {
    if (this.#pending === 0 && this.#workerRequests === 0) return null;
    // Not earlier: at module scope workerd gives no random values.
    this.#isolate ??= crypto.randomUUID();
    const detailed = {
      isolate: this.#isolate,
      workerRequests: this.#workerRequests,
      tables: this.tables.take(),
      ...this.#takeWaits(),
      proofAges: this.proofAges.take(),
    };
    const near = this.#near;
    const report = {
      ...{ counts: this.#counts, keysRead: this.#keysRead.take(), detailed },
      ...(near && { near }),
    };
    // Its name stays: what readers wait from now on is near it, too.
    if (near) this.#near = { ...NOT_ASKED, name: near.name };
    this.#counts = { ...NOTHING };
    this.#pending = 0;
    this.#workerRequests = 0;
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
    const { detailed, near } = report;
    if (near && this.#near) this.#near = addedNear(this.#near, near);
    if (!detailed) return;
    this.#workerRequests += detailed.workerRequests;
    this.tables.putBack(detailed.tables);
    for (const answeredAs of ANSWERED_AS) {
      const waits = detailed.waitsBy?.[answeredAs];
      if (waits) this.waits[answeredAs].addAll(waits);
    }
    this.proofAges.addAll(detailed.proofAges);
  }

  #takeWaits(): { waits: HistogramCounts; waitsBy: Partial<Record<AnsweredAs, HistogramCounts>> } {
    const all = new Durations(WAIT_CLASSES);
    const waitsBy: Partial<Record<AnsweredAs, HistogramCounts>> = {};
    for (const answeredAs of ANSWERED_AS) {
      const taken = this.waits[answeredAs].take();
      if (!taken.counts.some((count) => count > 0)) continue;
      waitsBy[answeredAs] = taken;
      all.addAll(taken);
    }
    return { waits: all.take(), waitsBy };
  }
}

function addedNear(near: NearMirror, more: NearMirror): NearMirror {
  return {
    name: near.name,
    answered: near.answered + more.answered,
    failed: near.failed + more.failed,
    leftAlone: near.leftAlone + more.leftAlone,
  };
}
