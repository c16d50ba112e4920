import { aligned } from "../../harness/table.ts";
import type { BesideRound } from "./beside.ts";
import { cpuOf, quotient, rateOf } from "./figures.ts";
import { printed, type Spread, spread, spreadOrNull } from "./spread.ts";

/** A hit may not take longer than before, but for what cannot be told from noise. */
const TARGET = 0.98;

/** What one size shows. */
export interface BesideFigures {
  readonly kilobytes: number;
  /** µs of CPU a request. */
  readonly now: Spread | null;
  readonly before: Spread | null;
  /** Before ÷ now, so that more is better. Null: the system does not tell CPU time. */
  readonly byCpu: Spread | null;
  /** Now ÷ before. */
  readonly ofRequests: Spread;
  /** By CPU, which other work on the machine disturbs less. Null: it is not known. */
  readonly met: boolean | null;
}

export function besideFigures(kilobytes: number, rounds: readonly BesideRound[]): BesideFigures {
  const byCpu = spreadOrNull(rounds.map(({ now, before }) => quotient(cpuOf(before), cpuOf(now))));
  return {
    kilobytes,
    now: spreadOrNull(rounds.map(({ now }) => cpuOf(now))),
    before: spreadOrNull(rounds.map(({ before }) => cpuOf(before))),
    byCpu,
    ofRequests: spread(rounds.map(({ now, before }) => rateOf(now) / rateOf(before))),
    met: byCpu && byCpu.median >= TARGET,
  };
}

export function besideAsText(figures: readonly BesideFigures[]): string {
  const micros = (of: Spread | null) => (of === null ? "–" : printed(of, 1));
  return aligned([
    ["KB", "CPU µs, now", "before", "before ÷ now, by CPU", "now ÷ before, of requests/s", `≥ ${TARGET}`],
    ...figures.map(({ kilobytes, now, before, byCpu, ofRequests, met }) => [
      String(kilobytes),
      micros(now),
      micros(before),
      byCpu === null ? "–" : printed(byCpu, 3),
      printed(ofRequests, 3),
      met === null ? "not known" : met ? "met" : "MISSED",
    ]),
  ]);
}
