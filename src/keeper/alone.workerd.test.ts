import { describe, expect, it } from "vitest";
import { settle, VirtualClock } from "../runtime/virtual-clock.ts";
import { OwnedFeed } from "./changes/owned-feed.ts";
import { undecidedFeed } from "./changes/undecided-feed.ts";
import { WebhookFeed } from "./changes/webhook-feed.ts";
import type { Feed, FeedHost } from "./ports/ports.ts";
import { BELIEVED_FOR_MS } from "./protocol/constants.ts";
import { Meta } from "./storage/meta.ts";
import { migrate } from "./storage/migrations.ts";
import { entryOf, readOf } from "./testing/fixtures.ts";
import { open } from "./testing/pull-rig.ts";
import { onStorage } from "./testing/storage.ts";

const hostOf = (clock: VirtualClock): FeedHost => ({ clock, take: () => {}, apiMayReload: () => {} });

/** How many milliseconds pass until no earlier instance is believed any more. */
async function aloneAfter(clock: VirtualClock, feed: Feed): Promise<number> {
  const begun = clock.now();
  let isDone = false;
  feed.alone().then(() => {
    isDone = true;
  });
  await settle();
  while (!isDone && clock.now() - begun <= BELIEVED_FOR_MS) await clock.advance(1_000);
  return clock.now() - begun;
}

it(
  "P11. with webhooks an earlier instance is believed as long as it trusts its last write",
  onStorage(async (_rig, sql) => {
    migrate(sql);
    const clock = new VirtualClock();
    const feed = new WebhookFeed(new Meta(sql), hostOf(clock), 3_000);
    expect(await aloneAfter(clock, feed)).toBe(3_000);
    expect(await aloneAfter(clock, feed)).toBe(0);
  }),
);

it("P11. while it is undecided how changes come, an earlier instance may have pulled", async () => {
  const clock = new VirtualClock();
  expect(await aloneAfter(clock, undecidedFeed(hostOf(clock)))).toBe(BELIEVED_FOR_MS);
});

it(
  "P11. whoever proves by pulls and by writes is believed as long as the shorter of the two lets them",
  onStorage(async (_rig, sql) => {
    migrate(sql);
    const clock = new VirtualClock();
    const owned = new WebhookFeed(new Meta(sql), hostOf(clock), 2_000);
    const feed = new OwnedFeed(undecidedFeed(hostOf(clock)), owned);
    expect(await aloneAfter(clock, feed)).toBe(2_000);
  }),
);

it(
  "P11. a purge and a mode count at once in this keeper, and are done once they count everywhere",
  onStorage(async (rig) => {
    let free: () => void = () => {};
    const alone = new Promise<void>((resolve) => {
      free = resolve;
    });
    rig.feed = () => ({
      ...{ proven: true, asOf: () => rig.clock.now(), reach: async () => false },
      ...{ alone: () => alone, nudge: () => {}, forget: () => {} },
    });
    const keeper = rig.start();
    const { entry } = entryOf(await rig.filled(keeper, readOf("a"), "one"));
    const done: string[] = [];
    const purged = keeper.purge({ all: true }).then((answer) => {
      done.push("purge");
      return answer;
    });
    keeper.setMode("off").then(() => done.push("mode"));
    await settle();
    const stats = await keeper.stats(null);
    expect([stats.mode, done]).toEqual(["off", []]);
    free();
    await settle();
    expect(done).toEqual(["purge", "mode"]);
    // Its own position, not one that the keeper has reached while it waited.
    expect((await purged).position.mark).toBeGreaterThan(entry.mark);
    expect((await purged).position.mark).toBeLessThan(stats.position.mark);
  }),
);

describe("P11. what only this instance is told counts everywhere", () => {
  /** Whether `alone` has resolved. */
  const watched = (work: Promise<void>) => {
    const state = { isDone: false };
    work.then(() => {
      state.isDone = true;
    });
    return state;
  };

  it(
    "once an earlier instance, whose last write may be a moment ago, is not believed any more",
    onStorage(async (_rig, sql) => {
      const { start, pull, clock, asked } = open(sql);
      await pull(start(), { flush: true, now: 50_000 });
      const feed = start();
      const alone = watched(feed.alone());
      await settle();
      expect(asked).toHaveLength(2);
      asked[1]?.answer({ now: 50_000 + BELIEVED_FOR_MS });
      await clock.advance(BELIEVED_FOR_MS - 1);
      expect(alone.isDone).toBe(false);
      await clock.advance(1);
      expect(alone.isDone).toBe(true);
      // From then on there is nothing to wait for, and no pull to make.
      const later = watched(feed.alone());
      await settle();
      expect([later.isDone, asked.length]).toEqual([true, 2]);
    }),
  );

  it(
    "at once if the first pull shows, by the database's clock, that this time is up",
    onStorage(async (_rig, sql) => {
      const { start, pull, asked } = open(sql);
      await pull(start(), { flush: true, now: 50_000 });
      const alone = watched(start().alone());
      await settle();
      asked[1]?.answer({ now: 50_001 + BELIEVED_FOR_MS });
      await settle();
      expect(alone.isDone).toBe(true);
    }),
  );

  it.each([
    ["the database fails", new Error("the database is gone")],
    ["the database is another one, whose clock may be another", { incarnation: "database-2", now: 900_000 }],
  ])("after that time if %s", (_, page) =>
    onStorage(async (_rig, sql) => {
      const { start, pull, clock, asked } = open(sql);
      await pull(start(), { flush: true, now: 50_000 });
      const alone = watched(start().alone());
      await settle();
      asked[1]?.answer(page);
      await clock.advance(BELIEVED_FOR_MS - 1);
      expect(alone.isDone).toBe(false);
      await clock.advance(1);
      expect(alone.isDone).toBe(true);
    })(),
  );

  it(
    "at once for the first instance of a storage",
    onStorage(async (_rig, sql) => {
      const { start, asked } = open(sql);
      const alone = watched(start().alone());
      await settle();
      asked[0]?.answer({ flush: true });
      await settle();
      expect(alone.isDone).toBe(true);
    }),
  );
});
