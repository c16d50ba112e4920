import { describe, expect, it } from "vitest";
import { Clients } from "../budgets/clients.ts";
import type { Feed } from "../ports/ports.ts";
import type { SyncRequest } from "../protocol/sync.ts";
import { withBound } from "../protocol/wire.ts";
import { pullNeedOf } from "./sync-pull.ts";

const NOW = 1_000_000;

const POSITION = { generation: "g", mark: 7 };

const FEED: Feed = {
  proven: true,
  asOf: () => NOW - 5_000,
  reach: async () => true,
  alone: async () => {},
  nudge: () => {},
  forget: () => {},
};

function needOf(request: Partial<SyncRequest>): number {
  const full = { configHash: "c", since: null, boundMs: 10_000, token: null, client: null, report: null };
  return pullNeedOf({ ...full, ...request }, POSITION, { feed: FEED, clients: new Clients(1), now: NOW })
    .need;
}

describe("a sync", () => {
  it("I1. needs an as-of as young as its bound", () => {
    expect(needOf({})).toBe(NOW - 10_000);
    expect(needOf({ token: POSITION })).toBe(NOW - 10_000);
  });

  it("I1. is strict for a token that the keeper has not reached (P22)", () => {
    expect(needOf({ token: { ...POSITION, mark: 8 } })).toBe(NOW);
    expect(needOf({ token: { ...POSITION, generation: "another" } })).toBe(NOW);
  });

  it("I1. is strict if an isolate of an earlier deployment sends no bound", () => {
    expect(needOf(withBound<Pick<SyncRequest, "boundMs">>({}))).toBe(NOW);
  });
});
