import type { UsageReporter } from "../../fence/usage.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import type { RequestOutcome } from "../http/outcome.ts";

/** Counts how a read was answered, for the statistics. */
export function countOutcome(reporter: UsageReporter, outcome: RequestOutcome, read: CacheableRead): void {
  switch (outcome.kind) {
    case "hit": {
      // The keeper has counted what it was asked for.
      if (outcome.detail !== "keeper") reporter.read(read.key);
      const isStale = outcome.detail === "revalidating" || outcome.detail === "stale-if-error";
      reporter.count(isStale ? "stale" : "hits");
      if (read.audience === "signed-in") reporter.count("signedInHits");
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
}
