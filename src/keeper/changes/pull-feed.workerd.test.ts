import { describe, expect, it, vi } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { BELIEVED_FOR_MS } from "../protocol/constants.ts";
import { open, row } from "../testing/pull-rig.ts";
import { onStorage } from "../testing/storage.ts";
import { CHANGES_AT_ONCE, PULLS_AT_ONCE } from "./pull-feed.ts";

describe("a pull", () => {
  it(
    "I5. that is the first of its storage flushes, and its snapshot is the cursor of the next",
    onStorage(async (_rig, sql) => {
      const { start, pull, asked, batches } = open(sql);
      const feed = start();
      await pull(feed, { flush: true, changes: [row(1)] });
      expect(asked[0]?.request).toEqual({ since: null, upto: null, after: null });
      expect(batches).toMatchObject([{ everything: true, changes: [], ends: true }]);
      await pull(feed, {});
      expect(asked[1]?.request.since).toBe("10:10:");
      // The next instance continues from there and flushes nothing.
      await pull(start(), { changes: [row(2)] });
      expect(asked[2]?.request.since).toBe("10:10:");
      expect(batches.at(-1)).toMatchObject({
        everything: false,
        changes: [{ relation: "public.articles" }],
        lags: [10],
      });
    }),
  );

  it(
    "I1. proves answers as of its start, but not to callers that asked at that very moment",
    onStorage(async (_rig, sql) => {
      const { start, clock, asked } = open(sql);
      const feed = start();
      expect(feed.asOf()).toBe(Number.NEGATIVE_INFINITY);
      await clock.advance(100);
      const startedAt = clock.now();
      const first = feed.reach(startedAt - 50);
      const shared = feed.reach(startedAt - 1);
      // Time stands still between I/O: the pull may have begun before this caller's write.
      const strict = feed.reach(startedAt);
      await settle();
      expect(asked).toHaveLength(2);
      await clock.advance(30);
      for (const { answer } of asked) answer({});
      await Promise.all([first, shared, strict]);
      expect(feed.asOf()).toBe(startedAt);
      await feed.reach(startedAt - 10);
      expect(asked).toHaveLength(2);
    }),
  );

  it(
    "I11. is one of a few at a time, however many callers want a younger one",
    onStorage(async (_rig, sql) => {
      const { start, clock, asked } = open(sql);
      const feed = start();
      const waiting: Promise<void>[] = [];
      for (let n = 0; n < 50; n++) {
        await clock.advance(1);
        waiting.push(feed.reach(clock.now()));
      }
      expect(asked).toHaveLength(PULLS_AT_ONCE);
      for (let n = 0; n < 10; n++) {
        await clock.advance(1);
        for (const { answer } of asked) answer({});
        await settle();
      }
      await Promise.all(waiting);
      expect(asked.length).toBeLessThanOrEqual(PULLS_AT_ONCE + 2);
    }),
  );

  it(
    "I5. of several pages keeps the first one's snapshot and start, and stores the cursor with the last",
    onStorage(async (_rig, sql) => {
      const { start, pull, asked, meta, batches, clock } = open(sql);
      const feed = start();
      await pull(feed, { flush: true });
      const stored = meta.text("cursor");
      await clock.advance(5);
      const begun = clock.now() + 10;
      const page = { snapshot: "20:20:", more: true };
      await pull(
        feed,
        { ...page, changes: [row(1)], last: 9_007_199_254_740_992 },
        { snapshot: "20:20:", changes: [row(2)] },
      );
      expect(asked.at(-1)?.request).toEqual({ since: "10:10:", upto: "20:20:", after: "9007199254740992" });
      expect(batches.slice(1).map(({ ends }) => ends)).toEqual([false, true]);
      expect(meta.text("cursor")).not.toBe(stored);
      expect(feed.asOf()).toBe(begun);
    }),
  );

  it(
    "L4. ingests a long page in parts, each in a turn of its own, and proves nothing before the last",
    onStorage(async (_rig, sql) => {
      const { start, clock, asked, batches, meta } = open(sql);
      const feed = start();
      const reached = feed.reach(clock.now());
      await settle();
      asked.at(-1)?.answer({ flush: true });
      await reached;
      const stored = meta.text("cursor");
      await clock.advance(10);
      const begun = clock.now();
      const again = feed.reach(begun - 1);
      await settle();
      const images = Array.from({ length: 2 * CHANGES_AT_ONCE + 1 }, (_, id) => ({ id }));
      const batch = { ...row(0), type: `INSERT ${images.length}`, record: images };
      const seen: unknown[] = [];
      const push = batches.push.bind(batches);
      batches.push = (part) => {
        seen.push([feed.asOf() < begun, meta.text("cursor") === stored]);
        return push(part);
      };
      const turns = vi.spyOn(clock, "sleep");
      asked.at(-1)?.answer({ snapshot: "20:20:", changes: [row(1), batch], last: 2 });
      await settle();
      await clock.advance(1);
      await again;
      expect(turns).toHaveBeenCalledTimes(2);
      expect(seen).toEqual(new Array(3).fill([true, true]));
      const parts = batches.slice(1);
      expect(parts.map(({ ends, changes, lags }) => [ends, changes.length, lags.length])).toEqual([
        [false, CHANGES_AT_ONCE, CHANGES_AT_ONCE],
        [false, CHANGES_AT_ONCE, CHANGES_AT_ONCE],
        [true, 2, 2],
      ]);
      const ids = parts.flatMap(({ changes }) => changes.map((each) => "record" in each && each.record?.id));
      expect(ids).toEqual(["1", ...images.map(({ id }) => String(id))]);
      expect([feed.asOf(), meta.text("cursor")]).toEqual([begun, expect.stringContaining("20:20:")]);
    }),
  );

  it(
    "I5. that fails half-way proves nothing and moves nothing",
    onStorage(async (_rig, sql) => {
      const { start, pull, meta, asked, state } = open(sql);
      const feed = start();
      await pull(feed, { flush: true });
      const [asOf, stored] = [feed.asOf(), meta.text("cursor")];
      const page = { snapshot: "20:20:", more: true, last: 1, changes: [row(1)] };
      await expect(pull(feed, page, new Error("the database is gone"))).rejects.toThrow("gone");
      state.failing = true;
      await expect(pull(feed, { snapshot: "20:20:", changes: [row(1)] })).rejects.toThrow("cannot take");
      expect([feed.asOf(), meta.text("cursor")]).toEqual([asOf, stored]);
      state.failing = false;
      await pull(feed, {});
      expect(asked.at(-1)?.request.since).toBe("10:10:");
    }),
  );

  it.each([
    ["another database", { incarnation: "database-2" }],
    ["a restart of it", { started: "2" }],
    ["an outbox pruned past the cursor", { flush: true }],
    ["a schema that has changed under it", { changes: [{ type: "FLUSH", schema: null, table: null }] }],
  ])("I5. flushes everything for %s", (_, page) =>
    onStorage(async (_rig, sql) => {
      const { start, pull, batches } = open(sql);
      const feed = start();
      await pull(feed, { flush: true });
      await pull(feed, page);
      expect(batches.at(-1)?.everything).toBe(true);
      await pull(feed, { ...("incarnation" in page || "started" in page ? page : {}) });
      expect(batches.at(-1)?.everything).toBe(false);
    })(),
  );

  it(
    "I7. of another schema proves nothing until that is known, and goes on where it says the same",
    onStorage(async (_rig, sql) => {
      const { start, pull, state, batches } = open(sql);
      const feed = start();
      state.version = null;
      await expect(pull(feed, { flush: true })).rejects.toThrow("cannot be read");
      expect(feed.asOf()).toBe(Number.NEGATIVE_INFINITY);
      state.version = 2;
      await pull(feed, { flush: true });
      expect([state.refreshed, batches.length]).toEqual([2, 1]);
    }),
  );

  it(
    "I4. writes nothing if nothing changed, except now and then: to stay ahead of pruning, and to find out that it is superseded",
    onStorage(async (_rig, sql) => {
      const { start, pull, meta, clock } = open(sql);
      const feed = start();
      await pull(feed, { flush: true });
      const stored = meta.text("cursor");
      await pull(feed, { snapshot: "30:30:" });
      expect(meta.text("cursor")).toBe(stored);
      await pull(feed, { snapshot: "40:40:", changes: [row(1)] });
      expect(meta.text("cursor")).toContain("40:40:");
      await clock.advance(BELIEVED_FOR_MS);
      await pull(feed, { snapshot: "50:50:" });
      expect(meta.text("cursor")).toContain("50:50:");
    }),
  );

  it(
    "I5. that ends after a younger one does not move the cursor back",
    onStorage(async (_rig, sql) => {
      const { start, pull, clock, asked, meta } = open(sql);
      const feed = start();
      await pull(feed, { flush: true });
      await clock.advance(10);
      const older = feed.reach(clock.now());
      await clock.advance(10);
      const younger = feed.reach(clock.now());
      await settle();
      asked.at(-1)?.answer({ snapshot: "30:30:", changes: [row(1), row(2)] });
      await younger;
      asked.at(-2)?.answer({ snapshot: "20:20:", changes: [row(1)] });
      await older;
      expect(meta.text("cursor")).toContain("30:30:");
      expect(feed.asOf()).toBe(clock.now());
    }),
  );
});

describe("a nudge", () => {
  it(
    "I5. pulls even without readers; all nudges during a pull lead to one more",
    onStorage(async (_rig, sql) => {
      const { start, clock, asked } = open(sql);
      const feed = start();
      for (let n = 0; n < 20; n++) feed.nudge();
      await settle();
      expect(asked).toHaveLength(1);
      await clock.advance(1);
      asked[0]?.answer({ flush: true });
      await settle();
      expect(asked).toHaveLength(2);
      asked[1]?.answer({});
      await settle();
      expect(asked).toHaveLength(2);
    }),
  );

  it(
    "I9. that finds the database down is no error, and the next one tries again",
    onStorage(async (_rig, sql) => {
      const { start, asked } = open(sql);
      const feed = start();
      feed.nudge();
      await settle();
      asked[0]?.answer(new Error("gone"));
      await settle();
      feed.nudge();
      await settle();
      expect(asked).toHaveLength(2);
    }),
  );
});

it(
  "I1. a clock that was set back leaves nothing proven",
  onStorage(async (_rig, sql) => {
    const { start, pull } = open(sql);
    const feed = start();
    await pull(feed, { flush: true });
    feed.forget();
    expect(feed.asOf()).toBe(Number.NEGATIVE_INFINITY);
  }),
);
