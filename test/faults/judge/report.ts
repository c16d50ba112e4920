import { BOUNDS } from "../tidemark.config.ts";
import type { Figures } from "./figures.ts";

/** A scenario's figures as text. */
export function paragraph(name: string, figures: Figures): string {
  const { reads, hits, changes, transactions, rolledBack, failedMeanwhile, compared } = figures;
  const ages = BOUNDS.map((bound) => `${Math.round(figures.worstAge.get(bound) ?? 0)} of ${bound}`);
  return [
    `${name}: ${figures.violations === 0 ? "kept" : `BROKEN ${figures.violations} times`}`,
    `  reads ${reads}, hits ${hits}; changes ${changes} in ${transactions} transactions, ${rolledBack} rolled back`,
    `  worst age in ms: ${ages.join(", ")}; compared in the end ${compared}`,
    `  faults: ${listed(figures.faults)}`,
    `  failed while a part was down: gateway ${failedMeanwhile.gateway}, origin ${failedMeanwhile.origin}`,
    `  outcomes: ${listed(figures.outcomes)}`,
    ...figures.told.map((each) => `  ! ${each}`),
    "",
  ].join("\n");
}

const HEAD =
  "| scenario | reads | hits | changes | faults | oldest answer, in ms, by bound 0, 1 s, 10 s | failed while down | broken |";

/** The same figures as rows of the Markdown table in docs/consistency.md. */
export function table(rows: readonly string[]): string {
  return [HEAD, HEAD.replaceAll(/[^|]+/g, " --- "), ...rows, ""].join("\n");
}

export function row(name: string, figures: Figures): string {
  const { reads, hits, changes, faults, failedMeanwhile, violations } = figures;
  const ages = BOUNDS.map((bound) => Math.round(figures.worstAge.get(bound) ?? 0)).join(", ");
  const failed = failedMeanwhile.gateway + failedMeanwhile.origin;
  return `| ${[name, reads, hits, changes, listed(faults), ages, failed, violations].join(" | ")} |`;
}

function listed(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([each, times]) => `${each} ${times}`).join(", ") || "none";
}
