import type { Clock } from "../../runtime/clock.ts";
import type { Counts } from "../protocol/statistics.ts";
import type { Meta } from "../storage/meta.ts";
import { Lags } from "./lags.ts";

/** Counters reach SQLite this long after they changed: a crash loses some counts, never a change. */
export const STATISTICS_FLUSH_MS = 30_000;

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
  "evictions",
] as const;

export type Counter = (typeof COUNTERS)[number];

/** Counts in memory, and rarely stores them as one row: a Durable Object is billed for rows written. */
export class KeeperStatistics {
  readonly #meta: Meta;
  readonly #clock: Clock;
  readonly #values = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<Counter, number>;
  /** From a change's statement to its pull, and to each isolate that learns of it. */
  readonly lags: Readonly<Record<"pulled" | "learned", Lags>>;
  #flushing = false;

  constructor(meta: Meta, clock: Clock) {
    this.#meta = meta;
    this.#clock = clock;
    const stored = JSON.parse(meta.text("counters") ?? "{}") as Partial<Record<Counter, number>>;
    for (const name of COUNTERS) this.#values[name] = stored[name] ?? 0;
    const lags = JSON.parse(meta.text("lags") ?? "{}") as { pulled?: number[]; learned?: number[] };
    this.lags = { pulled: new Lags(lags.pulled), learned: new Lags(lags.learned) };
  }

  add(counter: Counter, count = 1): void {
    if (count === 0) return;
    this.#values[counter] += count;
    this.#flushLater();
  }

  addLag(from: "pulled" | "learned", milliseconds: number): void {
    this.lags[from].add(milliseconds);
    this.#flushLater();
  }

  addAll(counts: Counts): void {
    for (const [name, count] of Object.entries(counts)) {
      if (name in this.#values && Number.isSafeInteger(count) && count > 0) this.add(name as Counter, count);
    }
  }

  values(): Readonly<Record<Counter, number>> {
    return { ...this.#values };
  }

  reset(): void {
    for (const name of COUNTERS) this.#values[name] = 0;
    this.lags.pulled.reset();
    this.lags.learned.reset();
    this.#flush();
  }

  #flushLater(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.#clock.sleep(STATISTICS_FLUSH_MS).then(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    this.#meta.set("counters", JSON.stringify(this.#values));
    this.#meta.set("lags", JSON.stringify(this.lags));
  }
}
