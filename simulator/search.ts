import fc from "fast-check";
import type { Build } from "./build.ts";
import { histories, type Shares } from "./history/arbitrary.ts";
import type { History } from "./history/history.ts";
import { runHistory } from "./history/run-history.ts";
import { Tally } from "./history/tally.ts";

/** The real classes, and the same with a small fence. */
export interface Builds {
  readonly real: Build;
  readonly small: Build;
}

export interface Found extends Shares {
  readonly seed: number;
  /** Together with the seed it leads to the shrunk history. */
  readonly path: string;
  readonly histories: number;
  readonly shrinks: number;
  readonly history: History;
  readonly violations: readonly string[];
}

/** A seed and a path lead to one history only together with the shares. */
export interface Search extends Shares {
  readonly histories: number;
  readonly seed: number;
  readonly path?: string | undefined;
  readonly shrink: boolean;
}

/** How long to spend on shrinking a history. */
const SHRINK_MS = 20_000;

/** Runs random histories until one breaks something, and shrinks that one. */
export async function search(builds: Builds, tally: Tally, options: Search): Promise<Found | null> {
  const { seed, path, shrink, mirrored, tiered, late } = options;
  const run = (history: History, counted: Tally) =>
    runHistory(history, history.settings.isSmall ? builds.small : builds.real, counted);
  let last: Pick<Found, "history" | "violations"> | undefined;
  const property = (counted: Tally) =>
    fc.asyncProperty(histories({ mirrored, tiered, late }), async (history) => {
      last = { history, violations: await run(history, counted) };
      return last.violations.length === 0;
    });
  const found = await fc.check(property(tally), {
    seed,
    numRuns: options.histories,
    endOnFailure: true,
    ...(path !== undefined && { path }),
  });
  if (!found.failed) return null;
  const outcome = shrink
    ? await fc.check(property(new Tally()), {
        seed,
        path: found.counterexamplePath ?? "",
        interruptAfterTimeLimit: SHRINK_MS,
        markInterruptAsFailure: true,
      })
    : found;
  const thrown = outcome.errorInstance ?? found.errorInstance;
  if (thrown instanceof Error && !/Property failed/.test(thrown.message)) throw thrown;
  const [history] = outcome.counterexample ?? found.counterexample ?? [];
  if (history === undefined) throw new Error("a failure without a history");
  return {
    seed,
    path: outcome.counterexamplePath ?? found.counterexamplePath ?? "",
    ...{ mirrored, tiered, late },
    histories: found.numRuns,
    shrinks: outcome.numShrinks,
    history,
    // Without shrinking the history that was found was the last to run.
    violations: last?.history === history ? last.violations : await run(history, new Tally()),
  };
}
