import type { Clock } from "../../runtime/clock.ts";
import type { RowsUsed, Sql } from "../ports/ports.ts";
import { LAG_CLASSES, PROOF_AGE_CLASSES, WAIT_CLASSES } from "../protocol/classes.ts";
import type { MirrorRegionStats, TableStats } from "../protocol/detailed-statistics.ts";
import { countIn, Durations } from "../protocol/durations.ts";
import type { History, HistorySpan } from "../protocol/history.ts";
import { ANSWERED_AS, type AnsweredAs, byAnswer } from "../protocol/read-ends.ts";
import type { HistogramCounts, UsageReport } from "../protocol/statistics.ts";
import type { Meta } from "../storage/meta.ts";
import { MirrorRegions, type StoredRegions } from "./mirror-regions.ts";
import { ReadEnds, type StoredEnds } from "./read-ends.ts";
import { ReportedLately } from "./reported-lately.ts";
import { type CountedTotals, type OpenSteps, SiteHistory } from "./site-history.ts";

/** Counters reach SQLite this long after they changed: a crash loses some counts, never a change. */
export const STATISTICS_FLUSH_MS = 30_000;

/** Calls of the keeper that count nothing else, such as a dashboard's, are worth a row once there are so many. */
const CALLS_WORTH_A_ROW = 1_000;

/** The counters of the whole gateway: those that isolates report, and the keeper's own. */
const COUNTERS = [
  "hits",
  "stale",
  "misses",
  "signedInHits",
  "bypasses",
  "errors",
  "originRequests",
  "kvReads",
  "shadowReads",
  "shadowWrong",
  "kvWrites",
  "kvWriteFailures",
  "fills",
  "stillGood",
  "changes",
  "coarseIngests",
  "invalidations",
  "syncs",
  "pulls",
  "flushes",
  "audits",
  "auditDifferences",
  "auditRight",
  "evictions",
] as const;

export type Counter = (typeof COUNTERS)[number];

/** Counted on the side: these alone are not worth a row. */
const QUIET = ["keeperCalls", "rowsRead", "rowsWritten", "workerRequests"] as const;

type QuietCounter = (typeof QUIET)[number];

/** What the durations are of: readers' waits, proofs' ages, and changes until their pull and until each isolate. */
type Measured = "waits" | "proofAges" | "pulled" | "learned";

/** As stored. Each part may be missing: another version wrote it. */
interface Stored {
  readonly counters?: Readonly<Partial<Record<Counter | QuietCounter, number>>>;
  readonly durations?: Readonly<Partial<Record<Measured, HistogramCounts>>>;
  readonly waitsBy?: Readonly<Partial<Record<AnsweredAs, HistogramCounts>>>;
  readonly ends?: StoredEnds;
  readonly history?: OpenSteps;
  readonly mirrors?: StoredRegions;
}

interface StatisticsPorts {
  readonly sql: Sql;
  readonly meta: Meta;
  readonly clock: Clock;
  /** The configured tables, `schema.table`. */
  readonly tables: Iterable<string>;
}

/** Counts in memory, and rarely stores it all as one row: a Durable Object is billed for rows written. */
export class KeeperStatistics {
  readonly #meta: Meta;
  readonly #clock: Clock;
  readonly #rows: RowsUsed;
  readonly #values: Record<Counter | QuietCounter, number>;
  readonly #ends: ReadEnds;
  readonly #history: SiteHistory;
  readonly #isolates = new ReportedLately();
  readonly #mirrors: MirrorRegions;
  readonly durations: Readonly<Record<Measured, Durations>>;
  /** `durations.waits` by how the read was answered. */
  readonly waitsBy: Readonly<Record<AnsweredAs, Durations>>;
  /** When counting began. In memory, since dashboards ask again and again, and rows read are billed. */
  #since: string;
  /** What of `#rows` is among the counters. */
  #rowsSeen: RowsUsed;
  #flushing = false;
  #quietCalls = 0;

  constructor({ sql, meta, clock, tables }: StatisticsPorts) {
    this.#meta = meta;
    this.#clock = clock;
    this.#rows = sql.rows ?? { read: 0, written: 0 };
    this.#rowsSeen = { read: 0, written: 0 };
    const { counters = {}, durations = {}, waitsBy = {}, ends, history, mirrors } = storedIn(meta);
    this.#values = Object.fromEntries(
      [...COUNTERS, ...QUIET].map((name) => [name, counters[name] ?? 0]),
    ) as Record<Counter | QuietCounter, number>;
    this.durations = {
      waits: new Durations(WAIT_CLASSES, durations.waits),
      proofAges: new Durations(PROOF_AGE_CLASSES, durations.proofAges),
      pulled: new Durations(LAG_CLASSES, durations.pulled),
      learned: new Durations(LAG_CLASSES, durations.learned),
    };
    this.waitsBy = byAnswer((answeredAs) => new Durations(WAIT_CLASSES, waitsBy[answeredAs]));
    this.#ends = new ReadEnds(tables, ends);
    this.#mirrors = new MirrorRegions(mirrors);
    this.#history = new SiteHistory(sql, () => this.#totals(), history);
    this.#since = meta.text("stats_since") ?? this.#begin();
  }

  add(counter: Counter, count = 1): void {
    if (count === 0) return;
    this.#changes();
    this.#values[counter] += count;
  }

  /** The same for a counter that is told by table. */
  addFor(relation: string, counter: "originRequests" | "invalidations", count = 1): void {
    this.add(counter, count);
    this.#ends.add(relation, counter === "originRequests" ? "origin" : "invalidated", count);
  }

  addLag(from: "pulled" | "learned", milliseconds: number): void {
    this.#changes();
    this.durations[from].add(milliseconds);
  }

  /** Adds what an isolate reports. */
  take({ counts, detailed, near }: UsageReport): void {
    for (const [name, count] of Object.entries(counts)) {
      if (isCounter(name)) this.add(name, countIn(count));
    }
    if (near) this.#mirrors.take(near, detailed, this.#clock.now());
    if (!detailed) return;
    for (const isolate of [detailed.isolate, ...(detailed.isolates ?? [])])
      this.#isolates.note(isolate, this.#clock.now());
    this.#values.workerRequests += countIn(detailed.workerRequests);
    this.#ends.take(detailed.tables);
    this.durations.waits.addAll(detailed.waits);
    for (const answeredAs of ANSWERED_AS) {
      const waits = detailed.waitsBy?.[answeredAs];
      if (waits) this.waitsBy[answeredAs].addAll(waits);
    }
    this.durations.proofAges.addAll(detailed.proofAges);
  }

  /** The keeper was called, or its alarm rang. */
  called(): void {
    this.#values.keeperCalls++;
    if (++this.#quietCalls >= CALLS_WORTH_A_ROW) this.#changes();
  }

  values(): Readonly<Record<Counter, number>> & Readonly<Record<QuietCounter, number>> {
    this.#countRows();
    return { ...this.#values };
  }

  /** How reads ended, by table. */
  tables(): Record<string, TableStats> {
    return this.#ends.tables();
  }

  get isolates(): number {
    return this.#isolates.count(this.#clock.now());
  }

  /** What mirrors have done, by region. */
  mirrors(): Record<string, MirrorRegionStats> {
    return this.#mirrors.stats(this.#clock.now());
  }

  history(span: HistorySpan): History {
    return this.#history.of(span, this.#clock.now());
  }

  get since(): string {
    return this.#since;
  }

  /** Begins anew; what the history has stays. */
  reset(): void {
    this.#history.roll(this.#clock.now());
    this.#history.restart();
    this.#countRows();
    for (const name of [...COUNTERS, ...QUIET]) this.#values[name] = 0;
    for (const durations of Object.values(this.durations)) durations.reset();
    for (const waits of Object.values(this.waitsBy)) waits.reset();
    this.#ends.reset();
    this.#mirrors.reset();
    this.#flush();
    this.#since = this.#begin();
  }

  #begin(): string {
    const now = new Date(this.#clock.now()).toISOString();
    this.#meta.set("stats_since", now);
    return now;
  }

  /** Something is about to be counted: in the present step of the history, and in storage after a while. */
  #changes(): void {
    this.#history.roll(this.#clock.now());
    if (this.#flushing) return;
    this.#flushing = true;
    this.#clock.sleep(STATISTICS_FLUSH_MS).then(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    this.#quietCalls = 0;
    this.#countRows();
    const stored: Stored = {
      counters: this.#values,
      durations: this.durations,
      waitsBy: this.waitsBy,
      ends: this.#ends.toJSON(),
      history: this.#history.toJSON(),
      mirrors: this.#mirrors.toJSON(),
    };
    this.#history.flush();
    this.#meta.set("statistics", JSON.stringify(stored));
  }

  /** Not a change by itself: a flush writes rows, too. */
  #countRows(): void {
    const { read, written } = this.#rows;
    this.#values.rowsRead += read - this.#rowsSeen.read;
    this.#values.rowsWritten += written - this.#rowsSeen.written;
    this.#rowsSeen = { read, written };
  }

  #totals(): CountedTotals {
    const { waits, learned } = this.durations;
    return { counters: this.#values, waits: waits.counts, lags: learned.counts };
  }
}

function isCounter(name: string): name is Counter {
  return (COUNTERS as readonly string[]).includes(name);
}

/** What an earlier instance has counted. Versions before 0.2 had two rows, and no sums of lags. */
function storedIn(meta: Meta): Stored {
  const text = meta.text("statistics");
  if (text !== null) return JSON.parse(text) as Stored;
  const counters = JSON.parse(meta.text("counters") ?? "{}") as Stored["counters"] & object;
  const lags = JSON.parse(meta.text("lags") ?? "{}") as { pulled?: number[]; learned?: number[] };
  const durations = {
    ...(lags.pulled && { pulled: { counts: lags.pulled, sumMs: 0 } }),
    ...(lags.learned && { learned: { counts: lags.learned, sumMs: 0 } }),
  };
  return { counters, durations };
}
