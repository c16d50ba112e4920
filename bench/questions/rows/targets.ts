import { BOUND_MS } from "./lanes/all.ts";
import type { CourseFigures, LaneFigures } from "./run.ts";

export interface Verdict {
  readonly what: string;
  readonly figure: string;
  readonly target: string;
  readonly met: boolean;
}

/** Of the issue *Rows*. Missed ones are printed as missed. */
export const MOST_OF_CLAIRVOYANT = 1.15;

export const loadsOf = (course: CourseFigures, name: string): number =>
  course.lanes.find(({ lane }) => lane === name)?.loads ?? Number.NaN;

export const isRows = ({ lane }: Pick<LaneFigures, "lane">): boolean => lane.startsWith("rows");

export function verdictsOn(courses: readonly CourseFigures[]): readonly Verdict[] {
  const rows = courses.flatMap(({ lanes }) => lanes).filter(isRows);
  const older = rows.reduce((sum, lane) => sum + lane.olderThanPromised, 0);
  const reads = rows.reduce((sum, lane) => sum + lane.reads, 0);
  return [
    {
      what: "answers by rows older than their bound",
      figure: `${older} of ${reads}`,
      target: "0",
      met: older === 0,
    },
    ...courses.map((course) => {
      const lane = `rows, ${BOUND_MS / 1_000} s`;
      const [own, least] = [loadsOf(course, lane), loadsOf(course, "clairvoyant")];
      return {
        what: `${titleOf(course)}: loads of ${lane} ÷ the clairvoyant's`,
        figure: `${own} ÷ ${least} = ${(own / least).toFixed(2)}`,
        target: `≤ ${MOST_OF_CLAIRVOYANT}`,
        met: own <= MOST_OF_CLAIRVOYANT * least,
      };
    }),
  ];
}

export function titleOf({ writeShare, places, bodies }: CourseFigures): string {
  const where = places === 1 ? "one place" : `${places} places`;
  return `${percent(writeShare)} writes, ${where}${bodies === "apart" ? ", bodies apart" : ""}`;
}

export const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;

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
