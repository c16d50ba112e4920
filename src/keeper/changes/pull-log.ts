import type { Clock } from "../../runtime/clock.ts";
import { PRUNE_OVERDUE_MS } from "../protocol/constants.ts";
import type { Failure, Pulling } from "../protocol/database-status.ts";

/** A failure that lasts is logged again this often. */
export const FAILURE_LOGGED_EVERY_MS = 600_000;

/** A pull that takes longer than this hangs: everything it waits for has a shorter deadline. */
export const PULL_HANGS_MS = 60_000;

/** A line of the log: something fails, still fails, or works again. */
export type PullEvent =
  | ({ readonly event: "pull-failing" | "prune-failing" } & Failure)
  | { readonly event: "pull-well" | "prune-well"; readonly since: string };

/** The last failure of something that may fail for a while, and when it began to fail. */
class Trouble {
  readonly #clock: Clock;
  readonly #name: "pull" | "prune";
  readonly #tell: (event: PullEvent) => void;
  #failure: Failure | null = null;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, name: "pull" | "prune", tell: (event: PullEvent) => void) {
    this.#clock = clock;
    this.#name = name;
    this.#tell = tell;
  }

  get failure(): Failure | null {
    return this.#failure;
  }

  failed(code: string, message: string, sinceMs = this.#clock.now()): void {
    const now = this.#clock.now();
    const before = this.#failure;
    const since = before?.since ?? new Date(sinceMs).toISOString();
    this.#failure = { code, message, at: new Date(now).toISOString(), since };
    // If the clock was set back, this logs once too often.
    const isTold = before?.code === code && Math.abs(now - this.#toldAt) < FAILURE_LOGGED_EVERY_MS;
    if (isTold) return;
    this.#toldAt = now;
    this.#tell({ event: `${this.#name}-failing`, ...this.#failure });
  }

  ended(): void {
    if (this.#failure === null) return;
    this.#tell({ event: `${this.#name}-well`, since: this.#failure.since });
    this.#failure = null;
  }
}

/** How pulling and pruning went last. Only people read it; nothing is decided by it. */
export class PullLog {
  readonly #clock: Clock;
  #lastAt: number | null = null;
  readonly #pull: Trouble;
  readonly #prune: Trouble;
  /** When pruning last succeeded; a page requested earlier says nothing about it. */
  #goodPruneAt = Number.POSITIVE_INFINITY;
  /** When the outbox was last pruned to the end, on the keeper's clock. */
  #prunedAt: number | null = null;

  /** @param tell is called when a failure begins, changes, lasts (not often) and ends */
  constructor(clock: Clock, tell: (event: PullEvent) => void) {
    this.#clock = clock;
    this.#pull = new Trouble(clock, "pull", tell);
    this.#prune = new Trouble(clock, "prune", tell);
  }

  succeeded(startedAt: number): void {
    this.#lastAt = Math.max(this.#lastAt ?? startedAt, startedAt);
    this.#pull.ended();
  }

  /** Ignores a failure that ends after a younger pull succeeded. */
  failed(startedAt: number, error: unknown): void {
    if (this.#lastAt === null || startedAt >= this.#lastAt)
      this.#pull.failed(codeOf(error), messageOf(error));
  }

  /** @param error why the outbox was not pruned. Null: it was, or nothing was due. */
  pruned(error: unknown): void {
    if (error !== null) {
      this.#prune.failed(codeOf(error), messageOf(error));
      return;
    }
    this.#goodPruneAt = this.#clock.now();
    if (this.#prune.failure?.code !== "overdue") this.#prune.ended();
  }

  /**
   * What a pull says about pruning. A pruning can succeed and still never finish: too few rows each time, or a locked
   * row of the state.
   *
   * @param startedAt when the pull began
   * @param ago milliseconds since pruning last finished; infinite: it never did; null: the database does not say
   */
  prunedAgo(startedAt: number, ago: number | null): void {
    if (ago === null) return;
    const now = this.#clock.now();
    const isKnown = Number.isFinite(ago);
    this.#prunedAt = isKnown ? now - ago : null;
    const isOverdue = (this.#prune.failure?.code ?? "overdue") === "overdue";
    if (ago <= PRUNE_OVERDUE_MS) {
      if (isOverdue) this.#prune.ended();
    } else if (isOverdue && startedAt > this.#goodPruneAt) {
      const when = isKnown ? `${Math.round(ago / 60_000)} minutes ago` : "never";
      const since = isKnown ? now - ago + PRUNE_OVERDUE_MS : now;
      this.#prune.failed("overdue", `the outbox was last pruned to the end: ${when}`, since);
    }
  }

  /** @param running when each of the running pulls began */
  told(running: readonly number[]): Pulling {
    const now = this.#clock.now();
    const hanging = running.filter((startedAt) => now - startedAt > PULL_HANGS_MS);
    const failure = this.#pull.failure ?? (hanging.length > 0 ? hangOf(Math.min(...hanging), now) : null);
    return {
      lastAgo: this.#lastAt === null ? null : now - this.#lastAt,
      failure,
      pruneFailure: this.#prune.failure,
      prunedAgo: this.#prunedAt === null ? null : now - this.#prunedAt,
      isFailing: failure !== null,
    };
  }
}

function hangOf(startedAt: number, now: number): Failure {
  const [since, at] = [startedAt, now].map((time) => new Date(time).toISOString()) as [string, string];
  return { code: "hangs", message: "a pull does not end", at, since };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Our own errors have a code; anything else that fails on the way to the database is the network. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unreachable";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name === "TimeoutError" || error.name === "AbortError" ? "timeout" : "unreachable";
}
