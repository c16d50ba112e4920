import { describe, expect, it } from "vitest";
import type { Query } from "../site/queries.ts";
import { Truth } from "./truth.ts";

const QUERY: Query = { target: "/rest/v1/articles?id=eq.1", rows: ["articles/1"] };
const BOUND_MS = 1_000;

/** An article whose second version was committed at the given time. */
function updated() {
  const truth = new Truth();
  truth.update("articles/1")();
  const committedAt = performance.now();
  const judge = (version: number, askedAt: number, id = 1) =>
    truth.judge(QUERY, [{ id, version }], BOUND_MS, { askedAt, answeredAt: askedAt + 10 })?.kind ?? "right";
  return { judge, committedAt };
}

describe("a siege's judgement of an answer", () => {
  it("is right if the shown row was current within the bound", () => {
    const { judge, committedAt } = updated();
    expect(judge(1, committedAt + BOUND_MS / 2)).toBe("right");
    expect(judge(2, committedAt + 10 * BOUND_MS)).toBe("right");
  });

  it("is stale when the next version was committed longer ago than the bound", () => {
    const { judge, committedAt } = updated();
    expect(judge(1, committedAt + BOUND_MS + 100)).toBe("stale");
  });

  it("is wrong if the row never was like that, was not yet, or is another row", () => {
    const { judge, committedAt } = updated();
    expect(judge(3, committedAt + 100)).toBe("wrong");
    expect(judge(2, committedAt - 60_000)).toBe("wrong");
    expect(judge(1, committedAt, 2)).toBe("wrong");
  });
});
