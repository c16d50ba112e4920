import { expect, it } from "vitest";
import { VirtualClock } from "../cache/virtual-clock.ts";
import { PULL_HANGS_MS } from "./constants.ts";
import { PullLog } from "./pull-log.ts";

const coded = Object.assign(new Error("tidemark_changes answered 500"), { code: "database" });
const late = Object.assign(new Error("late"), { name: "TimeoutError" });

it("tells the last failure by a stable code, until a pull is good again", () => {
  const log = new PullLog(new VirtualClock(0));
  expect(log.told([])).toEqual({ lastAgo: null, failure: null, pruneFailure: null, isFailing: false });
  for (const [error, code] of [
    [coded, "database"],
    [late, "timeout"],
    [new TypeError("fetch failed"), "unreachable"],
    ["odd", "unreachable"],
  ] as const) {
    log.failed(0, error);
    expect(log.told([])).toMatchObject({
      failure: { code, at: "1970-01-01T00:00:00.000Z" },
      isFailing: true,
    });
  }
  log.succeeded(0);
  expect(log.told([])).toMatchObject({ lastAgo: 0, failure: null, isFailing: false });
});

it("does not take an older pull's end for news", () => {
  const log = new PullLog(new VirtualClock(100));
  log.succeeded(50);
  log.failed(40, coded);
  log.succeeded(30);
  expect(log.told([])).toMatchObject({ lastAgo: 50, failure: null });
});

it("takes a pull for failing that does not end", () => {
  const log = new PullLog(new VirtualClock(PULL_HANGS_MS + 1));
  expect(log.told([1]).isFailing).toBe(false);
  expect(log.told([0]).isFailing).toBe(true);
});

it("tells of pruning apart: a full outbox makes no answer old", () => {
  const log = new PullLog(new VirtualClock(0));
  log.pruned(coded);
  expect(log.told([])).toMatchObject({ pruneFailure: { code: "database" }, isFailing: false });
  log.pruned(null);
  expect(log.told([]).pruneFailure).toBeNull();
});
