import { expect, it } from "vitest";
import { VirtualClock } from "../../runtime/virtual-clock.ts";
import { PRUNE_OVERDUE_MS } from "../protocol/constants.ts";
import { FAILURE_LOGGED_EVERY_MS, PULL_HANGS_MS, type PullEvent, PullLog } from "./pull-log.ts";

const coded = Object.assign(new Error("tidemark_changes answered 500"), { code: "database" });
const late = Object.assign(new Error("late"), { name: "TimeoutError" });
const EPOCH = "1970-01-01T00:00:00.000Z";

function open(now: number) {
  const clock = new VirtualClock(now);
  const events: PullEvent[] = [];
  return { clock, events, log: new PullLog(clock, (event) => events.push(event)) };
}

it("reports the last failure with a stable code and its start until a pull succeeds again", () => {
  const { log } = open(0);
  const nothing = { lastAgo: null, failure: null, pruneFailure: null, prunedAgo: null, isFailing: false };
  expect(log.told([])).toEqual(nothing);
  for (const [error, code] of [
    [coded, "database"],
    [late, "timeout"],
    [new TypeError("fetch failed"), "unreachable"],
    ["odd", "unreachable"],
  ] as const) {
    log.failed(0, error);
    expect(log.told([])).toMatchObject({ failure: { code, at: EPOCH, since: EPOCH }, isFailing: true });
  }
  log.succeeded(0);
  expect(log.told([])).toMatchObject({ lastAgo: 0, failure: null, isFailing: false });
});

it("logs a failure when it begins, changes and ends, and rarely while it lasts", async () => {
  const { clock, events, log } = open(0);
  for (let n = 0; n < 5; n++) {
    log.failed(clock.now(), coded);
    await clock.advance(FAILURE_LOGGED_EVERY_MS / 4);
  }
  expect(
    events.map((event) => ("at" in event ? [event.event, event.code, Date.parse(event.at)] : event)),
  ).toEqual([
    ["pull-failing", "database", 0],
    ["pull-failing", "database", FAILURE_LOGGED_EVERY_MS],
  ]);
  log.failed(clock.now(), late);
  expect(events.at(-1)).toMatchObject({ event: "pull-failing", code: "timeout", since: EPOCH });
  log.succeeded(clock.now());
  log.succeeded(clock.now());
  expect(events.slice(3)).toEqual([{ event: "pull-well", since: EPOCH }]);
});

it("ignores the end of an older pull", () => {
  const { log } = open(100);
  log.succeeded(50);
  log.failed(40, coded);
  log.succeeded(30);
  expect(log.told([])).toMatchObject({ lastAgo: 50, failure: null });
});

it("reports a pull that does not end as failing", () => {
  const { log } = open(PULL_HANGS_MS + 1);
  expect(log.told([1]).isFailing).toBe(false);
  expect(log.told([0])).toMatchObject({ isFailing: true, failure: { code: "hangs", since: EPOCH } });
});

it("reports pruning separately: a full outbox makes no answer old", () => {
  const { log } = open(0);
  log.pruned(coded);
  expect(log.told([])).toMatchObject({ pruneFailure: { code: "database" }, isFailing: false });
  log.pruned(null);
  expect(log.told([]).pruneFailure).toBeNull();
});

it("does not judge a pruning by a page that was requested before it", () => {
  const { log } = open(PRUNE_OVERDUE_MS * 3);
  const ago = PRUNE_OVERDUE_MS * 2;
  log.prunedAgo(0, ago);
  log.pruned(null);
  log.prunedAgo(PRUNE_OVERDUE_MS * 3, ago);
  expect(log.told([])).toMatchObject({ pruneFailure: null, prunedAgo: ago });
  log.prunedAgo(PRUNE_OVERDUE_MS * 3 + 1, ago);
  const since = new Date(PRUNE_OVERDUE_MS * 2).toISOString();
  expect(log.told([]).pruneFailure).toMatchObject({ code: "overdue", since });
  // Another reason takes precedence, and ends with the pruning.
  log.pruned(null);
  log.prunedAgo(PRUNE_OVERDUE_MS * 3 + 1, 0);
  expect(log.told([])).toMatchObject({ pruneFailure: null, prunedAgo: 0 });
});
