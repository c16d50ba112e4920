import { describe, expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { PRUNE_OVERDUE_MS } from "../protocol/constants.ts";
import { open, PAGE } from "../testing/pull-rig.ts";
import { onStorage } from "../testing/storage.ts";
import { PRUNED_EVERY_MS } from "./pull-feed.ts";

describe("a pull", () => {
  it(
    "I11. prunes now and then, and after each flush",
    onStorage(async (_rig, sql) => {
      const { start, pull, clock, state } = open(sql);
      const feed = start();
      await pull(feed, { flush: true });
      // Pruning restores what a crash of the database emptied.
      expect(state.pruned).toBe(1);
      await pull(feed, {});
      expect(state.pruned).toBe(1);
      await clock.advance(PRUNED_EVERY_MS);
      await pull(feed, {});
      await pull(feed, {});
      expect(state.pruned).toBe(2);
    }),
  );

  it(
    "I11. prunes once, at its first pull, if the database says that pruning is overdue",
    onStorage(async (_rig, sql) => {
      const { start, pull, state } = open(sql);
      await pull(start(), { flush: true });
      expect(state.pruned).toBe(1);
      const feed = start();
      await pull(feed, { prunedAt: PAGE.now - 60_000 });
      expect(state.pruned).toBe(1);
      await pull(feed, { prunedAt: PAGE.now - PRUNE_OVERDUE_MS - 1 });
      await pull(feed, { prunedAt: null });
      expect(state.pruned).toBe(2);
    }),
  );

  it(
    "I11. reports once that pruning fails, why and since when, and once that it works again",
    onStorage(async (_rig, sql) => {
      const { start, pull, clock, state, events } = open(sql);
      const feed = start();
      state.pruneError = Object.assign(new Error("tidemark_prune answered 500: no replica identity"), {
        code: "database",
      });
      await pull(feed, { flush: true });
      await settle();
      const since = new Date(clock.now()).toISOString();
      await clock.advance(PRUNED_EVERY_MS - 20);
      await pull(feed, {});
      const failure = { code: "database", message: expect.stringContaining("replica identity"), since };
      expect(feed.pulling).toMatchObject({ isFailing: false, pruneFailure: failure });
      expect(events).toEqual([{ event: "prune-failing", at: since, ...failure }]);
      state.pruneError = null;
      await clock.advance(PRUNED_EVERY_MS);
      await pull(feed, { prunedAt: PAGE.now });
      await settle();
      expect(feed.pulling).toMatchObject({ pruneFailure: null });
      expect(events.at(-1)).toEqual({ event: "prune-well", since });
    }),
  );

  it(
    "I11. reports a pruning that succeeds but never finishes as failing",
    onStorage(async (_rig, sql) => {
      const { start, pull, events } = open(sql);
      const feed = start();
      await pull(feed, { flush: true, prunedAt: null });
      await settle();
      await pull(feed, { prunedAt: null });
      expect(feed.pulling.pruneFailure).toMatchObject({ code: "overdue" });
      await pull(feed, { prunedAt: PAGE.now - 1 });
      expect(feed.pulling).toMatchObject({ pruneFailure: null, prunedAgo: 1 });
      expect(events.map(({ event }) => event)).toEqual(["prune-failing", "prune-well"]);
    }),
  );
});
