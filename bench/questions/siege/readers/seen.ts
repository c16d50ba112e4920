import { Probes } from "./probe.ts";

/** What the honest readers saw. */
export interface BystanderFigures {
  readonly reads: number;
  /** Milliseconds from each read's intended time to its answer, in the order of the answers. */
  readonly latenciesMs: readonly number[];
  /** Status and `Cache-Status` → how often. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Errors, while the database answered direct reads. */
  readonly errors: number;
  /** Errors while it did not. */
  readonly databaseErrors: number;
  readonly wrong: number;
  readonly stale: number;
  /** The first of these three in full. */
  readonly told: readonly string[];
  /** Latencies of reads that went straight to the database; `Infinity`: no answer. */
  readonly straightMs: readonly number[];
  /** Updates of the application that the database accepted. */
  readonly writes: number;
  /** The longest delay between a read's intended time and its start. If it is large, this process was slow. */
  readonly lateMs: number;
}

const TOLD = 5;

/** A failed read, judged once the probes have returned. */
interface Failure {
  readonly askedAt: number;
  readonly failedAt: number;
  readonly why: string;
}

/** Keeps what honest readers see in one phase. */
export class Seen {
  readonly probes = new Probes();
  writes = 0;
  #lateMs = 0;
  readonly #latenciesMs: number[] = [];
  readonly #outcomes: Record<string, number> = {};
  readonly #failures: Failure[] = [];
  readonly #faults = { wrong: 0, stale: 0 };
  readonly #told: string[] = [];

  late(ms: number): void {
    this.#lateMs = Math.max(this.#lateMs, ms);
  }

  answered(ms: number, outcome: string): void {
    this.#latenciesMs.push(Math.round(ms * 100) / 100);
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
  }

  failed(askedAt: number, why: string): void {
    this.#failures.push({ askedAt, failedAt: performance.now(), why });
  }

  fault(kind: "wrong" | "stale", why: string): void {
    this.#faults[kind]++;
    this.#told.push(`${kind}: ${why}`);
  }

  figures(): BystanderFigures {
    const own = this.#failures.filter(({ askedAt, failedAt }) => !this.probes.alsoFailed(askedAt, failedAt));
    return {
      reads: this.#latenciesMs.length,
      latenciesMs: this.#latenciesMs,
      outcomes: this.#outcomes,
      errors: own.length,
      databaseErrors: this.#failures.length - own.length,
      ...this.#faults,
      told: [...this.#told, ...own.map(({ why }) => `error: ${why}`)].slice(0, TOLD),
      straightMs: this.probes.latenciesMs,
      writes: this.writes,
      lateMs: Math.round(this.#lateMs),
    };
  }
}
