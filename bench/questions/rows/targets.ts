import { percent } from "../../harness/table.ts";
import { atMost, neverOlder, type Verdict } from "../../harness/verdicts.ts";
import { BOUND_MS } from "./lanes/all.ts";
import type { CourseFigures, LaneFigures } from "./run.ts";

/** Of the issue *Rows*. */
export const MOST_OF_CLAIRVOYANT = 1.15;

export const loadsOf = (course: CourseFigures, name: string): number =>
  course.lanes.find(({ lane }) => lane === name)?.loads ?? Number.NaN;

export const isRows = ({ lane }: Pick<LaneFigures, "lane">): boolean => lane.startsWith("rows");

export function verdictsOn(courses: readonly CourseFigures[]): readonly Verdict[] {
  const rows = courses.flatMap(({ lanes }) => lanes).filter(isRows);
  return [
    neverOlder(
      "answers by rows older than their bound",
      rows.map(({ reads, olderThanPromised }) => ({ reads, olderThanBound: olderThanPromised })),
    ),
    ...courses.map((course) => {
      const lane = `rows, ${BOUND_MS / 1_000} s`;
      const [own, least] = [loadsOf(course, lane), loadsOf(course, "clairvoyant")];
      const what = `${titleOf(course)}: loads of ${lane} ÷ the clairvoyant's`;
      return atMost(MOST_OF_CLAIRVOYANT, what, own, least);
    }),
  ];
}

export function titleOf({ writeShare, places, bodies }: CourseFigures): string {
  const where = places === 1 ? "one place" : `${places} places`;
  return `${percent(writeShare)} writes, ${where}${bodies === "apart" ? ", bodies apart" : ""}`;
}

/** What makes a run worth nothing: a wrong answer by whoever promises none, or an error. */
export function faultsOf(courses: readonly CourseFigures[]): readonly string[] {
  return courses.flatMap((course) =>
    course.lanes.flatMap(({ lane, isProven, olderThanPromised, ofOwnWrites, findings }) => {
      const wrong = isProven ? olderThanPromised : ofOwnWrites;
      const said = wrong > 0 ? [`${wrong} answers were older than promised`] : [];
      return [...said, ...findings].map((fault) => `${titleOf(course)}, ${lane}: ${fault}`);
    }),
  );
}
