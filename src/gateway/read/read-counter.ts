import type { WaitUntil } from "../../fence/fence-sync.ts";
import type { UsageReporter } from "../../fence/usage.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import type { Classified } from "../classify/classify.ts";
import type { BypassReason, ReadOutcome } from "../http/outcome.ts";
import { answeredAs, endOf, ORIGIN_AT, SIGNED_IN_AT } from "../http/read-ends.ts";
import type { Reader } from "../reader/reader.ts";

/** More counts than this do not wait for a sync that carries them: one is made for them. */
const COUNTS_WAITING = 200;

/** What counting needs to know of a request. */
interface CountedRead {
  readonly anchor: WaitUntil;
  readonly classified: Classified;
  /** On this isolate's clock. Null: its answer took no wait. */
  readonly startedAt: number | null;
}

/** Counts how reads end, for the statistics: increments of counters that are there, since a hit costs microseconds. */
export class ReadCounter {
  readonly #reporter: UsageReporter;
  readonly #reader: Pick<Reader, "now" | "learn">;

  constructor(reporter: UsageReporter, reader: Pick<Reader, "now" | "learn">) {
    this.#reporter = reporter;
    this.#reader = reader;
  }

  /** A read that was answered from the cache, through it, or by an error. */
  answered(outcome: ReadOutcome, read: CacheableRead, request: CountedRead): void {
    const reporter = this.#reporter;
    const end = endOf(outcome);
    this.#ended(end, request);
    switch (outcome.kind) {
      case "hit": {
        // The keeper has counted what it was asked for.
        if (outcome.detail !== "keeper") reporter.read(read.key);
        reporter.count(answeredAs(end) === "stale" ? "stale" : "hits");
        if (read.audience !== "signed-in") break;
        this.#add(SIGNED_IN_AT, request);
        reporter.count("signedInHits");
        break;
      }
      case "miss":
        reporter.count("misses");
        break;
      case "bypass":
        reporter.count("bypasses");
        break;
      default:
        reporter.count("errors");
    }
    this.#reportInTime(request);
  }

  /** The proof of an answer from the cache was this old. */
  proven(ageMs: number): void {
    this.#reporter.proofAges.add(Math.max(0, ageMs));
  }

  /** A read that the origin answered without the cache. */
  bypassed(reason: BypassReason, request: CountedRead): void {
    this.#ended(endOf({ kind: "bypass", reason }), request);
    this.#reporter.count("bypasses");
    this.#reportInTime(request);
  }

  /** A request that this isolate sends to the origin. */
  asksOrigin(request: CountedRead): void {
    this.#add(ORIGIN_AT, request);
    this.#reporter.count("originRequests");
  }

  #ended(end: number, request: CountedRead): void {
    this.#add(end, request);
    const { startedAt } = request;
    this.#reporter.waits[answeredAs(end)].add(startedAt === null ? 0 : this.#reader.now() - startedAt);
  }

  #add(end: number, { classified }: CountedRead): void {
    const table = classified.kind === "read" ? classified.table.relation : classified.table;
    this.#reporter.tables.add(table, end);
  }

  #reportInTime({ anchor }: CountedRead): void {
    if (this.#reporter.pending > COUNTS_WAITING) this.#reader.learn(anchor);
  }
}
