import { DIRECTED_SIGNED_IN } from "./directed-signed-in.ts";
import type { Event, History } from "./history/history.ts";
import {
  BOOKMARKS,
  by,
  CALM,
  fault,
  ITEM_1,
  introduced,
  item,
  MEMBERSHIPS,
  NOTES,
  note,
  own,
  POSTS,
  put,
  read,
  SIGNED_IN,
  write,
} from "./script.ts";

/** The first and the third isolate are of one data centre. */
const inColo = (...events: readonly Event[]): History => ({
  settings: { ...CALM, isolates: 3, hasColo: true },
  events,
});

/** Older answers by this much are given at once. */
const stale = (staleWhileRevalidateMs: number, ...events: readonly Event[]): History => ({
  settings: { ...CALM, staleWhileRevalidateMs },
  events,
});

const signedIn = (...events: readonly Event[]): History => ({
  settings: { ...SIGNED_IN, staleWhileRevalidateMs: 300_000, hasColo: true },
  events,
});

/** What lies in the data centre is older than what the third isolate has heard of. */
const OUTDATED = inColo(
  read(0, ITEM_1, 10_000, 0),
  write(1_000, 0, item(1)),
  read(2_000, NOTES, 0, 2),
  read(2_100, ITEM_1, 10_000, 2),
);

const UNCLEARED = DIRECTED_SIGNED_IN["an isolate shares a body before the next pull"] as History;

/** A history for each mutation of the data centre's cache and of older answers. */
export const DIRECTED_TIERS: Readonly<Record<string, History>> = {
  "L2. served beyond the sum": stale(
    5_000,
    read(0, ITEM_1, 1_000),
    write(1_000, 0, item(1)),
    read(9_000, ITEM_1, 1_000),
  ),

  "L2. served though the fence refuses it": stale(
    300_000,
    read(0, ITEM_1, 1_000),
    write(1_000, 0, item(1)),
    read(2_000, NOTES),
    read(5_000, ITEM_1, 1_000),
  ),

  // The fill proves the answer, and tells nothing of the mode.
  "L2. served by a fence older than the sum": stale(
    5_000,
    read(0, NOTES, 10_000),
    { at: 1_000, seed: 1, kind: "order", isolate: 1, order: { mode: "off" } },
    read(9_900, ITEM_1, 10_000),
    read(20_000, ITEM_1, 10_000),
  ),

  "L2. served whatever the reader's token": stale(
    300_000,
    read(0, ITEM_1, 10_000),
    own(write(1_000, 0, item(1))),
    own(read(1_500, NOTES, 60_000, 1)),
    own(read(3_000, ITEM_1, 1_000)),
  ),

  "L2. the age is that of a younger moment": stale(
    300_000,
    read(0, ITEM_1, 1_000),
    write(1_000, 0, item(1)),
    read(5_000, ITEM_1, 1_000),
  ),

  "L2. served to who asks for less": signedIn(
    ...introduced(0),
    by(0, 1_000, POSTS),
    write(2_000, 0, put("posts", 1, 1)),
    by(0, 10_000, POSTS, 1_000),
  ),

  "S13. served to those with claims while it is revalidated": signedIn(
    ...introduced(0),
    by(0, 100_000, MEMBERSHIPS),
  ),

  "the data centre's entry counts whatever the fence says": OUTDATED,

  "the data centre's entry is said to be of the keeper's present mark": OUTDATED,

  // The next incarnation counts from the start.
  "the data centre's entry counts for another generation": inColo(
    ...[1, 2, 3, 4].flatMap((second) => [
      read(second * 1_000, ITEM_1, 100, 0),
      write(second * 1_000 + 500, 0, item(1)),
    ]),
    read(7_000, ITEM_1, 100, 0),
    write(7_500, 0, item(1)),
    fault(8_000, { kind: "crash", storageLost: true }),
    read(9_000, NOTES, 0, 2),
    read(9_100, ITEM_1, 10_000, 2),
  ),

  "the data centre's entry counts for another key": inColo(
    write(0, 0, item(1), note(1)),
    read(500, ITEM_1, 10_000, 0),
    read(600, NOTES, 10_000, 2),
  ),

  // New isolates look there again and again.
  "the data centre's entry counts though it is broken": {
    settings: { ...CALM, isCalm: false, isolates: 3, hasColo: true },
    events: [
      write(0, 0, item(1)),
      ...Array.from({ length: 60 }, (_, time) => 10_000 * (time + 1)).flatMap((at) => [
        read(at, ITEM_1, 10_000, 0, at),
        fault(at + 5_000, { kind: "vanish", isolate: 2 }),
        read(at + 5_500, ITEM_1, 10_000, 2, at),
      ]),
    ],
  },

  "S9. a personal answer is left in the data centre": signedIn(...introduced(0), by(0, 1_000, BOOKMARKS)),

  "S8. an answer is left in the data centre before it is cleared": {
    settings: { ...UNCLEARED.settings, hasColo: true },
    events: UNCLEARED.events,
  },

  "a page's first parts prove it": {
    settings: CALM,
    events: [
      read(0, ITEM_1, 10_000, 1),
      write(1_000, 0, item(4, 2), item(1)),
      read(2_000, NOTES, 0, 0),
      read(2_100, ITEM_1, 500, 1),
    ],
  },

  // Some answer makes it durable before the crash.
  "the cursor is stored with a page's first part": {
    settings: CALM,
    events: [
      read(0, ITEM_1, 10_000, 0),
      write(1_000, 0, item(4, 2), item(1)),
      read(2_000, NOTES, 0, 0),
      read(2_060, NOTES, 60_000, 1),
      fault(2_100, { kind: "crash", storageLost: false }),
      read(9_000, ITEM_1, 100, 0),
    ],
  },
};
