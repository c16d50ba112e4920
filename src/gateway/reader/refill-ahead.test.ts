import { describe, expect, it } from "vitest";
import type { HeldAnswer } from "./held-answer.ts";
import { RefillAhead } from "./refill-ahead.ts";

const BOUND_MS = 1_000;

/** Whether a hit at this age of the fence and of the answer has the isolate sync. */
function syncs(ageMs: number, syncAfter: number): boolean {
  let isSynced = false;
  const fences = { fence: { asOf: -ageMs }, ahead: () => (isSynced = true) };
  const ports = { breaker: { open: false }, fences, fills: {}, flights: {}, syncAfter };
  const ahead = new RefillAhead(ports as unknown as ConstructorParameters<typeof RefillAhead>[0]);
  const read = { start: 0, boundMs: BOUND_MS, anchor: () => {} } as unknown as Parameters<
    RefillAhead["after"]
  >[1];
  ahead.after({ provenAt: -ageMs } as HeldAnswer, read, true);
  return isSynced;
}

describe("an isolate that syncs ahead of need", () => {
  it("M5. does so when half of the bound has passed", () => {
    expect([499, 501].map((ageMs) => syncs(ageMs, 0.5))).toEqual([false, true]);
  });

  it("M5. or later, at a share of its own: isolates of one mirror must not all ask in one instant", () => {
    expect([501, 699, 701].map((ageMs) => syncs(ageMs, 0.7))).toEqual([false, false, true]);
  });
});
