import { aligned, plain, type Row, table } from "../../../harness/table.ts";
import { printed } from "../spread.ts";
import { type Comparison, TARGET } from "./figures.ts";
import { CASES } from "./requests.ts";

const HEADING = "Hits in memory, 20 KB, by who asks; each key's reader has a token of their own.";

export function signedInAsMarkdown(comparison: Comparison): string {
  return ["## Signed in", HEADING, table(rows(comparison)), notes(comparison).join("\n")].join("\n\n");
}

/** The same for a terminal. */
export function signedInAsText(comparison: Comparison): string {
  return [HEADING, aligned(rows(comparison)), notes(comparison).join("\n")].join("\n\n");
}

/** Each target, and whether it was met: a sentence each. */
export function signedInVerdicts({ cases }: Comparison): string[] {
  return cases
    .filter(({ met }) => met !== null)
    .map(({ name, met, ofAnonymous, ofAnonymousByCpu }) => {
      const ratio = (ofAnonymousByCpu ?? ofAnonymous).median.toFixed(3);
      const what = `a hit, ${plain(CASES[name].title)} ÷ anonymous`;
      return `${met ? "met" : "MISSED"}: ${what} is ${ratio}, the target is ${TARGET.toFixed(2)}`;
    });
}

function rows({ cases }: Comparison): Row[] {
  return [
    ["reader", "requests/s", "CPU µs a request", "÷ anonymous", "by CPU", "target", ""],
    ...cases.map(({ name, requestsPerSecond, cpuMicroseconds, ofAnonymous, ofAnonymousByCpu, met }) => [
      CASES[name].title,
      requestsPerSecond.median.toFixed(0),
      cpuMicroseconds === null ? "–" : printed(cpuMicroseconds, 1),
      printed(ofAnonymous),
      ofAnonymousByCpu === null ? "–" : printed(ofAnonymousByCpu),
      met === null ? "none" : `≥ ${TARGET.toFixed(2)}`,
      met === null ? "" : met ? "met" : "**MISSED**",
    ]),
  ];
}

function notes({ cases }: Comparison): string[] {
  const checked = cases.reduce((sum, each) => sum + each.checked, 0);
  const wrong = cases.filter((each) => each.wrong > 0);
  return [
    `${checked} answers checked (Cache-Status, every byte), ${wrong.length === 0 ? "none wrong" : "SOME WRONG"}.`,
    ...wrong.map(
      (each) =>
        `${plain(CASES[each.name].title)}: ${each.wrong} of ${each.checked} wrong: ${each.firstWrong}.`,
    ),
  ];
}
