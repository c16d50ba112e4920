import type { StoredResponse } from "../protocol/entry.ts";
import type { FillAnswer, Sharing } from "../protocol/fill.ts";

/** Before an answer can be decided on, a flight for somebody else must end, or a pull. */
export interface Wait {
  readonly kind: "wait";
  /** What decides the answer; else, whether waiting has cost a pull. Rejects as a flight does. */
  readonly ended: Promise<FillAnswer | boolean>;
}

/** How an origin request ended. */
export type FlightEnd =
  | { readonly kind: "entry"; readonly entry: StoredResponse; readonly begin: number }
  | Extract<FillAnswer, { kind: "direct" | "failed" }>
  | Omit<Extract<FillAnswer, { kind: "relay" }>, "age">;

export type Direct = Extract<FillAnswer, { kind: "direct" }>;

export const OVER_BUDGET: Direct = { kind: "direct", reason: "budget" };

/**
 * What a reader for whom a flight was not gets of its end. False: decide again. An error may print the claims of the
 * reader it was for, a failure may be of that reader's making, and so may the reason not to share: none of it is passed
 * on. The isolate asks with the token of its own reader.
 */
export function endForOthers({ kind }: FlightEnd): Direct | false {
  return kind === "entry" ? false : OVER_BUDGET;
}

/** What a flight's callers are told when it ends. */
export function answerOf(
  end: FlightEnd,
  source: "flight" | "joined",
  age: number,
  accepted: boolean,
  sharing: Sharing,
): FillAnswer {
  switch (end.kind) {
    case "entry":
      return { kind: "entry", entry: end.entry, source, age, accepted, sharing };
    case "relay":
      return { ...end, age };
    default:
      return end;
  }
}
