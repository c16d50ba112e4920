import { type Share, shareOf } from "../soundness/report.ts";
import type { Findings } from "./trial.ts";

export function addUp(all: readonly Findings[]): Findings {
  return {
    stale: all.flatMap(({ stale }) => stale),
    printed: all.flatMap(({ printed }) => printed),
    kept: all.flatMap(({ kept }) => kept),
    uncalled: all.flatMap(({ uncalled }) => uncalled),
  };
}

/** What was stale and after which changes, a line for each view or policy. */
export function staleLines(stale: Findings["stale"]): readonly string[] {
  const moves = new Map<string, Set<string>>();
  for (const { move, kind, name, as, body } of stale) {
    const line = `${kind} ${name}, in a ${as}: ${body}`;
    moves.set(line, (moves.get(line) ?? new Set()).add(move));
  }
  return [...moves].map(([line, names]) => `${line} (${[...names].join("; ")})`);
}

/** How many answers are kept by changes, by age, or not at all: the cost of the closed world. */
export function keptTable({ kept }: Pick<Findings, "kept">): string {
  const counts = new Map<string, Share>();
  for (const { kind, as, kept: how } of kept) shareOf(counts, `${kind}, in a ${as}`)[how.by] += 1;
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    "| Postgres' own | by changes | by age | bypassed |",
    "| --- | ---: | ---: | ---: |",
    ...rows.map(([name, { changes, age, nothing }]) => `| ${name} | ${changes} | ${age} | ${nothing} |`),
  ].join("\n");
}
