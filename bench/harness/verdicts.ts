import { table } from "./table.ts";

/** A figure beside its target. */
export interface Verdict {
  readonly what: string;
  readonly figure: string;
  readonly target: string;
  readonly met: boolean;
}

/** In Markdown. Missed ones are printed as missed. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  return table([
    ["what", "figure", "target", ""],
    ...verdicts.map(({ what, figure, target, met }) => [what, figure, target, met ? "met" : "**missed**"]),
  ]);
}

interface Answers {
  readonly reads: number;
  readonly olderThanBound: number;
}

/** None of these answers may be older than its bound. */
export function neverOlder(what: string, answers: readonly Answers[]): Verdict {
  const older = answers.reduce((sum, { olderThanBound }) => sum + olderThanBound, 0);
  const reads = answers.reduce((sum, each) => sum + each.reads, 0);
  return { what, figure: `${older} of ${reads}`, target: "0", met: older === 0 };
}

/** A count may be at most so many times another one. */
export function atMost(times: number, what: string, count: number, other: number): Verdict {
  return {
    what,
    figure: `${count} ÷ ${other} = ${(count / other).toFixed(2)}`,
    target: `≤ ${times}`,
    met: count <= times * other,
  };
}
