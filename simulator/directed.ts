import type { Statement } from "./database/statement.ts";
import type { Event, History, Settings } from "./history/history.ts";
import { LATE_FIRST_PAGE } from "./regressions.ts";
import {
  CALM,
  delay,
  EMBED,
  FIRST_ITEMS,
  fault,
  IDS_OF_ITEMS,
  ITEM_1,
  ITEMS,
  ITEMS_OF_2,
  item,
  NOTES,
  note,
  own,
  prune,
  read,
  write,
} from "./script.ts";

// The token comes from a strict read of something else; the next read meets another isolate with the old answer.
const ANOTHER_ISOLATE: readonly Event[] = [
  read(0, ITEM_1, 60_000, 1),
  read(100, NOTES),
  own(write(1_000, 0, item(1))),
  own(read(1_200, NOTES)),
  own(read(1_500, ITEM_1, 60_000, 1)),
];

// The API learns of DDL nine seconds late.
const LATE_API: Settings = { ...CALM, schemaReloadMs: 10_000 };
const UNIQUE_AT_13_S: readonly Event[] = [
  write(0, 0, item(1), note(1)),
  read(100, EMBED),
  read(12_000, EMBED),
  write(13_000, 0, { op: "unique" }),
];

/** Isolate 1 last meets the keeper that was superseded, whose pulls are quiet, after a purge that only the next one hears of. */
const purged = (purgedAt: number, readAt: number): History => ({
  settings: CALM,
  events: [
    ...[read(0, NOTES, 0, 1), read(100, ITEM_1, 1_000, 1), fault(500, { kind: "supersede", lasts: 120_000 })],
    // The seeds decide whom a call meets.
    read(600, NOTES, 0, 0, 2),
    { ...fault(purgedAt, { kind: "purge", query: null }), seed: 8 },
    read(readAt, ITEM_1, 1_000, 1, 14),
  ],
});

/** A history for each mutation that random ones would rarely find. */
export const DIRECTED: Readonly<Record<string, History>> = {
  "I2. no answer counts while the API may be late, not even one from before": LATE_FIRST_PAGE,

  "a purge done while an earlier instance is believed": purged(1_000, 3_000),
  "a superseded instance that pulls quietly does not find out": purged(21_000, 22_500),

  // The keeper ends between storing the cursor and taking the change, and a call of another isolate has made the cursor durable.
  "cursor stored before ingest": {
    settings: CALM,
    events: [
      read(0, NOTES),
      read(100, ITEM_1, 0, 1),
      read(500, NOTES, 0, 1),
      write(1_000, 0, item(1)),
      read(1_200, NOTES),
      read(1_240, NOTES, 0, 1),
      fault(1_320, { kind: "crash", storageLost: false }),
      read(1_900, ITEM_1, 0, 1),
    ],
  },

  // A row enters the page while the answer without it is on its way: the earlier window would leave it out.
  "a stale window": {
    settings: { ...CALM, isSmall: false },
    events: [
      write(0, 0, item(1), item(2), item(5)),
      read(100, FIRST_ITEMS),
      write(1_000, 0, { ...item(1), op: "delete" } as Statement),
      fault(1_100, { kind: "weather", leg: "from-origin", takes: 1_000 }),
      read(1_200, FIRST_ITEMS),
      write(1_400, 0, item(3)),
      read(1_500, NOTES, 0, 1),
      read(3_000, FIRST_ITEMS),
    ],
  },

  "prune ignored": {
    settings: CALM,
    events: [read(100, ITEM_1), write(1_000, 0, item(1)), prune(1_100), prune(1_200), read(1_300, ITEM_1)],
  },

  // The first transaction writes its row before the second one, and commits after the second has been pulled.
  "prune by row number": {
    settings: CALM,
    events: [
      write(100, 2_000, item(1)),
      write(200, 0, note(1)),
      read(300, ITEM_1),
      prune(2_200),
      prune(2_300),
      read(2_400, ITEM_1),
    ],
  },

  "first pull without flush": {
    settings: CALM,
    events: [
      read(100, ITEM_1),
      fault(500, { kind: "crash", storageLost: false }),
      write(600, 0, item(1)),
      read(700, ITEM_1),
    ],
  },

  // "Still good" for a neighbour in the bucket is overtaken by a change of the key and a sync that reports it.
  "re-stamp with the fence's mark": {
    settings: CALM,
    events: [
      read(0, ITEM_1),
      read(100, ITEMS_OF_2),
      read(200, NOTES),
      write(1_000, 0, item(2, 2)),
      read(1_200, NOTES),
      read(11_290, NOTES),
      read(11_344, ITEM_1, 10_000),
      delay(11_350, 3_000),
      delay(11_357, null),
      write(11_400, 0, item(1)),
      read(11_420, NOTES),
    ],
  },

  // The keeper calls the entry from KV good; memory has an older one.
  "re-stamp of another object": {
    settings: CALM,
    events: [
      read(0, ITEM_1),
      write(1_000, 0, item(1)),
      read(1_200, ITEM_1, 0, 1),
      read(70_000, ITEMS_OF_2, 0, 1),
      write(71_000, 0, item(2, 2)),
      read(71_200, ITEMS_OF_2, 0, 1),
      read(139_000, NOTES),
      read(139_200, ITEM_1),
    ],
  },

  // The superseded instance has not heard of the change, and need not write to say "still good".
  "a keeper behind its caller answers": {
    settings: CALM,
    events: [
      read(0, ITEM_1),
      fault(500, { kind: "supersede", lasts: 60_000 }),
      write(1_000, 0, item(1)),
      read(1_200, NOTES, 0, 0, 3),
      read(1_500, ITEM_1, 0, 0, 6),
    ],
  },

  "the API's old schema counts by changes": {
    settings: LATE_API,
    events: [...UNIQUE_AT_13_S, read(13_500, EMBED), read(22_500, EMBED)],
  },

  "what was filled by the API's old schema counts afterwards": {
    settings: LATE_API,
    events: [...UNIQUE_AT_13_S, read(13_500, EMBED), read(24_000, EMBED)],
  },

  "a crash forgets that the API may be behind": {
    settings: LATE_API,
    events: [
      ...[...UNIQUE_AT_13_S, read(13_500, EMBED)],
      fault(14_000, { kind: "crash", storageLost: false }),
      ...[read(14_500, EMBED), read(22_500, EMBED)],
    ],
  },

  // From the policy on, an item's owner decides who sees it, which the earlier footprint does not know.
  "keys of another schema go on": {
    settings: CALM,
    events: [
      ...[write(0, 0, item(1, 2)), read(100, IDS_OF_ITEMS), write(1_000, 0, { op: "policy" })],
      ...[read(1_200, IDS_OF_ITEMS), read(1_400, IDS_OF_ITEMS)],
      ...[write(2_000, 0, { op: "move", table: "items", id: 1, of: 1 }), read(2_200, IDS_OF_ITEMS)],
    ],
  },

  "token = entry's mark": { settings: CALM, events: ANOTHER_ISOLATE },

  "token ignored by the reader": { settings: CALM, events: ANOTHER_ISOLATE },

  // The strict read gets the answer of another read's fill that began after it, while the fence is still older.
  "token of a fence that is too old": {
    settings: CALM,
    events: [
      read(0, ITEM_1, 60_000),
      fault(990, { kind: "weather", leg: "kv-read", takes: 50 }),
      read(1_000, ITEMS, 60_000),
      own(write(1_001, 0, item(1))),
      own(read(1_030, ITEMS)),
      own(read(1_300, ITEM_1, 60_000)),
    ],
  },

  // Marks of a keeper whose storage was lost are lower than those that an isolate still holds.
  "token without generation": {
    settings: CALM,
    events: [
      read(0, ITEMS, 0, 1),
      write(200, 0, item(2)),
      read(300, ITEMS, 0, 1),
      write(400, 0, item(2)),
      read(500, ITEMS, 0, 1),
      write(600, 0, item(2)),
      read(700, ITEMS, 0, 1),
      read(800, ITEM_1, 0, 1),
      fault(1_000, { kind: "crash", storageLost: true }),
      own(write(1_100, 0, item(1))),
      own(read(1_300, NOTES)),
      own(read(1_600, ITEM_1, 60_000, 1)),
    ],
  },
};
