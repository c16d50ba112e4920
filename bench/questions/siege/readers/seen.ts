import { Probes } from "./probe.ts";

/** What honest readers saw. */
export interface BystanderFigures {
  readonly reads: number;
  /** From the moment at which each read was intended until its answer was there, in the order of the answers. */
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
  /** Of reads that went straight to the database; `Infinity`: there was no answer. */
  readonly straightMs: readonly number[];
  /** Updates of the application that the database took. */
  readonly writes: number;
  /** The longest that a read was sent after it was intended: large, and it was this process that was slow. */
  readonly lateMs: number;
}

const TOLD = 5;

/** A read that brought an error, judged when the probes are back. */
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
