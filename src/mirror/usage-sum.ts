import { KeysRead } from "../fence/keys-read.ts";
import type { Counts, HistogramCounts, NearMirror, UsageReport } from "../keeper/protocol/statistics.ts";

/** More isolates than one mirror can serve. */
const ISOLATES_AT_MOST = 2_000;

type Detailed = NonNullable<UsageReport["detailed"]>;

const NOT_ASKED = { answered: 0, failed: 0, leftAlone: 0, keeperCalls: 0 };

/** How reads of a table ended. */
type Ends = Detailed["tables"][string];

/** What isolates have reported to a mirror, added up until the mirror's own next call takes it to the keeper (M7). */
export class UsageSum {
  #counts: Counts | null = null;
  readonly #keysRead = new KeysRead();
  readonly #isolates = new Set<string>();
  #detailed: Omit<Detailed, "isolate" | "isolates"> | null = null;
  #near: Omit<Required<NearMirror>, "name"> = NOT_ASKED;

  add(report: UsageReport | null): void {
    if (report === null) return;
    this.#counts = this.#counts === null ? report.counts : addedEach(plus, this.#counts, report.counts);
    for (const key of report.keysRead) this.read(key);
    const { detailed, near } = report;
    if (near) {
      const { name: _, ...ends } = near;
      this.#near = addedEach(plus, this.#near, ends as Required<typeof ends>);
    }
    if (detailed === undefined) return;
    for (const isolate of [detailed.isolate, ...(detailed.isolates ?? [])])
      if (this.#isolates.size < ISOLATES_AT_MOST) this.#isolates.add(isolate);
    const sum = this.#detailed;
    this.#detailed = {
      workerRequests: (sum?.workerRequests ?? 0) + detailed.workerRequests,
      tables: addedEach(addedEnds, sum?.tables ?? {}, detailed.tables),
      waits: addedTimes(sum?.waits, detailed.waits),
      waitsBy: addedEach(addedTimes, sum?.waitsBy ?? {}, detailed.waitsBy ?? {}),
      proofAges: addedTimes(sum?.proofAges, detailed.proofAges),
    };
  }

  /** A key was read that the keeper was not asked for. */
  read(key: string): void {
    this.#keysRead.add(key);
  }

  /** The keeper is called, by the mirror itself. */
  keeperCalled(): void {
    this.#near = { ...this.#near, keeperCalls: this.#near.keeperCalls + 1 };
  }

  /**
   * Null: there is nothing to report.
   *
   * @param name the mirror's; null: nobody has called it by one
   */
  take(name: string | null): UsageReport | null {
    // Keys that were read wait for a report of their readers, which comes with these readers' next sync.
    if (this.#counts === null) return null;
    const [isolate, ...isolates] = this.#isolates;
    const report: UsageReport = {
      counts: this.#counts,
      keysRead: this.#keysRead.take(),
      ...(name !== null && { near: { name, ...this.#near } }),
      ...(isolate !== undefined && this.#detailed && { detailed: { isolate, isolates, ...this.#detailed } }),
    };
    this.#counts = null;
    this.#isolates.clear();
    this.#detailed = null;
    this.#near = NOT_ASKED;
    return report;
  }
}

/** Whatever an isolate of another version counts is added up, too. */
function addedEach<V, T extends { readonly [K in keyof T]?: V }>(
  add: (sum: V | undefined, more: V) => V,
  one: T,
  other: T,
): T {
  const sum = { ...one } as Record<string, V>;
  for (const [name, more] of Object.entries(other as Readonly<Record<string, V>>))
    sum[name] = add(sum[name], more);
  return sum as T;
}

function plus(sum: number | undefined, more: number): number {
  return (sum ?? 0) + more;
}

function addedEnds(sum: Ends | undefined, more: Ends): Ends {
  return addedEach(plus, sum ?? {}, more);
}

/** Counts in other classes are of another version, and are left out. */
function addedTimes(sum: HistogramCounts | undefined, more: HistogramCounts): HistogramCounts {
  if (sum === undefined || sum.counts.length !== more.counts.length) return sum ?? more;
  return {
    counts: sum.counts.map((count, at) => count + (more.counts[at] ?? 0)),
    sumMs: sum.sumMs + more.sumMs,
  };
}
