import type { FillAnswer } from "../protocol/messages.ts";
import type { FlightEnd } from "./flights.ts";

export type Direct = Extract<FillAnswer, { kind: "direct" }>;

export const OVER_BUDGET: Direct = { kind: "direct", reason: "budget" };

/** How a flight has ended, as its callers hear of it. */
export function answerOf(
  end: FlightEnd,
  source: "flight" | "joined",
  age: number,
  accepted: boolean,
): FillAnswer {
  switch (end.kind) {
    case "entry":
      return { kind: "entry", entry: end.entry, source, age, accepted };
    case "relay":
      return { ...end, age };
    default:
      return end;
  }
}
