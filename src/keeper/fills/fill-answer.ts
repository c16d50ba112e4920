import type { StoredResponse } from "../protocol/entry.ts";
import type { FillAnswer } from "../protocol/fill.ts";

/** How an origin request has ended. */
export type FlightEnd =
  | { readonly kind: "entry"; readonly entry: StoredResponse; readonly begin: number }
  | Extract<FillAnswer, { kind: "direct" | "failed" }>
  | Omit<Extract<FillAnswer, { kind: "relay" }>, "age">;

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
