import type { Tally } from "./history/tally.ts";
import type { Found } from "./search.ts";

/** How many violations of one history to print: those that follow from the first say little. */
const SHOWN = 3;

export function printTally(tally: Tally, seconds: number): string {
  const { histories, reads, commits, proofs, faults, answers, worstStaleness } = tally;
  const worst = Object.entries(worstStaleness).map(
    ([bound, milliseconds]) => `bound ${bound} ms: ${Math.round(milliseconds)} ms`,
  );
  return [
    `${histories} histories in ${Math.round(seconds)} s: ${reads} reads, ${commits} commits, ${proofs} proofs checked`,
    `faults    ${list(faults)}`,
    `answers   ${list(answers)}`,
    `staleness ${worst.join(", ")} at worst`,
  ].join("\n");
}

/** What broke, how to run it again, and the history in a form that a directed test can use. */
export function printFound(
  { seed, path, mirrored, tiered, late, history, violations }: Found,
  mutation?: string,
): string {
  const again = mutation === undefined ? "" : ` --mutation "${mutation}"`;
  return [
    "",
    ...violations.slice(0, SHOWN),
    `node simulator/run.ts --seed ${seed} --path ${path} --mirrored ${mirrored} --tiered ${tiered} --late ${late}${again}`,
    `{ settings: ${JSON.stringify(history.settings)},`,
    "  events: [",
    ...history.events.map((event) => `    ${JSON.stringify(event)},`),
    "  ] }",
  ].join("\n");
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}
