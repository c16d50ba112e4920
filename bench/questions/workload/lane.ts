import type { Timeline } from "../../../testing/time/timeline.ts";
import { quantile } from "../../harness/quantile.ts";
import { type Counts, noCounts, since } from "./counts.ts";
import { type Network, placeOf } from "./network.ts";
import type { Origin } from "./origin.ts";
import type { Policy, Running } from "./policies/policy.ts";
import type { ReadArrival, WriteArrival } from "./trace/trace.ts";

/** What readers of one place wait for. */
interface PlaceFigures {
  readonly originMs: number;
  readonly reads: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LaneFigures {
  readonly policy: string;
  /** Of the farthest place. */
  readonly originMs: number;
  readonly places: readonly PlaceFigures[];
  readonly boundMs: number | null;
  readonly reads: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly meanMs: number;
  /** Answers that were wrong when their read began, and how long the oldest had been wrong. */
  readonly stale: number;
  readonly oldestMs: number;
  /** Of these, older than the policy promises. */
  readonly olderThanBound: number;
  readonly failed: number;
  readonly seconds: number;
  readonly counts: Counts;
  /** What else the policy counts. */
  readonly tally: Readonly<Record<string, number>>;
  readonly hasWorker: boolean;
  /** Errors, audits that found something, answers that the origin never gave. */
  readonly findings: readonly string[];
}

export function isTidemark({ policy }: Pick<LaneFigures, "policy">): boolean {
  return policy.startsWith("tidemark");
}

/** What the clairvoyant among these asks of the origin. Undefined: it is not among them. */
export function clairvoyantOf(lanes: readonly LaneFigures[]): number | undefined {
  return lanes.find(({ policy }) => policy === "clairvoyant")?.counts.originRequests;
}

/** Virtual clocks tick by thousandths of a millisecond. */
const SLACK_MS = 1;

/** One policy at one distance, along the trace. */
export class Lane {
  readonly #policy: Policy;
  readonly #running: Running;
  readonly #network: Network;
  readonly #origin: Origin;
  readonly #timeline: Timeline;
  /** By place. */
  readonly #latencies: readonly number[][];
  readonly #findings: string[] = [];
  #countsFrom = Number.POSITIVE_INFINITY;
  #before = noCounts();
  #used = noCounts();
  #tallyBefore: Readonly<Record<string, number>> = {};
  #tally: Readonly<Record<string, number>> = {};
  #seconds = 0;
  #stale = 0;
  #oldestMs = 0;
  #olderThanBound = 0;
  #failed = 0;

  constructor(policy: Policy, running: Running, network: Network, origin: Origin, timeline: Timeline) {
    this.#policy = policy;
    this.#running = running;
    this.#network = network;
    this.#origin = origin;
    this.#timeline = timeline;
    this.#latencies = network.places.map(() => []);
  }

  /** From now on everything counts. */
  begin(): void {
    this.#countsFrom = this.#timeline.now;
    this.#before = this.#running.used();
    this.#tallyBefore = this.#running.tally?.() ?? {};
  }

  /** Usage after this does not count; readers that still wait do. */
  end(): void {
    this.#seconds = (this.#timeline.now - this.#countsFrom) / 1_000;
    this.#used = since(this.#running.used(), this.#before);
    const tally = Object.entries(this.#running.tally?.() ?? {});
    this.#tally = Object.fromEntries(
      tally.map(([name, count]) => [name, count - (this.#tallyBefore[name] ?? 0)]),
    );
  }

  /** Latency counts from the arrival as intended; in virtual time nothing can delay the sending. */
  read(arrival: ReadArrival): void {
    const start = this.#timeline.now;
    try {
      const answer = this.#running.read(arrival);
      if (typeof answer === "string") this.#take(arrival, start, answer);
      else
        answer.then(
          (text) => this.#take(arrival, start, text),
          (error) => this.#fail(start, error),
        );
    } catch (error) {
      this.#fail(start, error);
    }
  }

  wrote(arrival: WriteArrival): void {
    this.#running.wrote?.(arrival);
  }

  figures(): LaneFigures {
    const sorted = this.#latencies.flat().sort((a, b) => a - b);
    const { places } = this.#network;
    const { name: policy, boundMs, hasWorker } = this.#policy;
    return {
      ...{ policy, boundMs, hasWorker, originMs: Math.max(...places) },
      places: this.#latencies.map((own, place) => ({
        originMs: places[place] as number,
        reads: own.length,
        p50Ms: quantile(own, 0.5),
        p99Ms: quantile(own, 0.99),
      })),
      reads: sorted.length,
      p50Ms: quantile(sorted, 0.5),
      p99Ms: quantile(sorted, 0.99),
      meanMs: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
      stale: this.#stale,
      oldestMs: this.#oldestMs,
      olderThanBound: this.#olderThanBound,
      failed: this.#failed,
      seconds: this.#seconds,
      counts: this.#used,
      tally: this.#tally,
      findings: [...this.#findings, ...(this.#running.findings ?? [])],
    };
  }

  #take({ query, isolate }: ReadArrival, start: number, text: string): void {
    if (start < this.#countsFrom) return;
    this.#latencies[placeOf(this.#network, isolate)]?.push(this.#timeline.now - start + this.#network.edgeMs);
    const staleMs = this.#origin.staleness(query, start, text);
    if (staleMs === null) {
      this.#findings.push(`${query.path}: an answer that the origin has never given`);
      return;
    }
    if (staleMs === 0) return;
    this.#stale++;
    this.#oldestMs = Math.max(this.#oldestMs, staleMs);
    const { boundMs } = this.#policy;
    if (boundMs !== null && staleMs > boundMs + SLACK_MS) this.#olderThanBound++;
  }

  #fail(start: number, error: unknown): void {
    if (start < this.#countsFrom) return;
    this.#failed++;
    this.#findings.push(String(error));
  }
}
