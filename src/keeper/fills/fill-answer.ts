import type { StoredResponse } from "../protocol/entry.ts";
import type { FillAnswer } from "../protocol/fill.ts";

/** How an origin request ended. */
export type FlightEnd =
  | { readonly kind: "entry"; readonly entry: StoredResponse; readonly begin: number }
  | Extract<FillAnswer, { kind: "direct" | "failed" }>
  | Omit<Extract<FillAnswer, { kind: "relay" }>, "age">;

export type Direct = Extract<FillAnswer, { kind: "direct" }>;

export const OVER_BUDGET: Direct = { kind: "direct", reason: "budget" };

/** What a flight's callers are told when it ends. */
export function answerOf(
  end: FlightEnd,
  source: "flight" | "joined",
  age: number,
  accepted: boolean,
): FillAnswer {
  switch (end.kind) {
    case "entry":
      return { kind: "entry", entry: end.entry, source, age, accepted, sharing: "free" };
    case "relay":
      return { ...end, age };
    default:
      return end;
  }
}
