import type { Clock } from "../../runtime/clock.ts";
import { FAILURE_LOGGED_EVERY_MS, PRUNE_OVERDUE_MS, PULL_HANGS_MS } from "../protocol/constants.ts";
import type { Failure, Pulling } from "../protocol/database-status.ts";

/** A line of the log: something fails, goes on to fail, or is well again. */
export type PullEvent =
  | ({ readonly event: "pull-failing" | "prune-failing" } & Failure)
  | { readonly event: "pull-well" | "prune-well"; readonly since: string };

/** Something that may fail for a while: the last failure of it, and when that while began. */
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
    // A clock that was set back tells once too often.
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

/** How pulling and pruning went last, for people: nothing is decided by it. */
export class PullLog {
  readonly #clock: Clock;
  #lastAt: number | null = null;
  readonly #pull: Trouble;
  readonly #prune: Trouble;
  /** When a pruning last succeeded; a page that was asked for before says nothing of it. */
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

  /** One that ends after a younger one tells of nothing that lasts. */
  failed(startedAt: number, error: unknown): void {
    if (this.#lastAt === null || startedAt >= this.#lastAt)
      this.#pull.failed(codeOf(error), messageOf(error));
  }

  /** @param error why the outbox was not pruned; null: it was, or nothing was due */
  pruned(error: unknown): void {
    if (error !== null) {
      this.#prune.failed(codeOf(error), messageOf(error));
      return;
    }
    this.#goodPruneAt = this.#clock.now();
    if (this.#prune.failure?.code !== "overdue") this.#prune.ended();
  }

  /**
   * What a pull says of the pruning. It may say that it is well and yet come to no end: too few rows a time, or a row of
   * the state that somebody has locked.
   *
   * @param startedAt when the pull began
   * @param ago milliseconds since it last came to its end, infinite if it never did; null where the database does not say
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

  /** @param running when the pulls under way began */
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

/** Errors of ours have a code; what else fails on the way to the database is the network's. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unreachable";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name === "TimeoutError" || error.name === "AbortError" ? "timeout" : "unreachable";
}
