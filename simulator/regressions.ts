import type { History } from "./history/history.ts";
import {
  CALM,
  FIRST_ITEMS,
  fault,
  IDS_OF_ITEMS,
  ITEM_1,
  ITEMS_OF_2,
  item,
  NOTES,
  prune,
  read,
  write,
} from "./script.ts";

/**
 * The first page of all, asked for beside the schema, comes after two later pulls. Until its flush nothing counts by changes, but
 * isolates go on accepting the answer from before it, which the change between has touched. The seeds decide how long all takes.
 */
export const LATE_FIRST_PAGE: History = {
  settings: {
    ...{ ...CALM, seed: 2, isCalm: false, isSmall: false, isolates: 1, pace: 20 },
    ...{ nudges: true, schemaReloadMs: 300, hasColo: true },
  },
  events: [
    { ...write(0, 0, item(1)), seed: 461768 },
    read(12, NOTES, 10_000, 1, 343375),
    { ...write(54, 435, { op: "put", table: "notes", id: 1, of: 2 }), seed: 88027 },
    read(94, ITEMS_OF_2, 1_000, 0, 265791),
  ],
};

/** Histories that once failed, each as short as possible. Open: the sources do not pass it yet. */
export const REGRESSIONS: readonly {
  readonly name: string;
  readonly isOpen: boolean;
  readonly history: History;
}[] = [
  {
    // The second page reports a deletion and has no more rows.
    name: "I1. pruned between two pages of a pull",
    isOpen: false,
    history: {
      settings: { ...CALM, rowsPerPage: 1 },
      events: [
        read(100, ITEM_1),
        write(1_000, 0, item(2)),
        write(1_010, 0, item(1)),
        read(1_100, ITEM_1),
        prune(1_125),
        prune(1_130),
      ],
    },
  },
  {
    // After a restore versions are counted again, so the same number means another policy.
    name: "I1. another schema of the same version, after a restore",
    isOpen: false,
    history: {
      settings: CALM,
      events: [
        write(0, 0, item(1, 2)),
        read(50, IDS_OF_ITEMS),
        write(100, 0, { op: "column" }),
        read(200, IDS_OF_ITEMS),
        read(300, IDS_OF_ITEMS),
        read(400, IDS_OF_ITEMS),
        fault(500, { kind: "restore", commitsAgo: 1 }),
        write(600, 0, { op: "policy" }),
        read(700, IDS_OF_ITEMS),
        read(800, IDS_OF_ITEMS),
        write(1_000, 0, { op: "move", table: "items", id: 1, of: 1 }),
        read(1_200, IDS_OF_ITEMS),
      ],
    },
  },
  {
    // The pruning that clears another server's rows away does not see open transactions, whose rows stay.
    name: "I5. under way while the outbox of a dump is cleared away",
    isOpen: false,
    history: {
      settings: CALM,
      events: [
        ...[write(0, 0, item(1)), read(50, ITEM_1), prune(100)],
        fault(200, { kind: "reload" }),
        ...[write(3_000, 2_000, item(1)), prune(4_000), read(4_500, ITEM_1), read(5_500, ITEM_1)],
      ],
    },
  },
  {
    // A successor knows the raised names, but not which of their keys were meant.
    name: "I4. a put under way when the keeper crashes, of a key whose neighbour was invalidated",
    isOpen: false,
    history: {
      settings: CALM,
      events: [
        fault(0, { kind: "weather", leg: "kv-put", takes: 60_000 }),
        ...[read(10, ITEM_1), read(100, ITEM_1, 0, 1), read(200, ITEMS_OF_2)],
        ...[write(5_000, 0, item(3, 2)), read(6_000, ITEMS_OF_2)],
        fault(25_000, { kind: "crash", storageLost: false }),
      ],
    },
  },
  {
    // It knows no affected key, so it writes nothing, and nothing else tells it that it is not the owner.
    name: "I4. a webhook that a superseded instance has acknowledged",
    isOpen: false,
    history: superseded(1),
  },
  {
    // A sync writes nothing: an instance that has not heard what the owner was told says "as of now".
    name: "I1. a sync of a superseded instance, with webhooks",
    isOpen: false,
    history: superseded(12),
  },
  {
    // The strict read begins at 1125, its clock is set 182 ms ahead, and a pull of before the read passes for one after it.
    name: "I1. a clock that is set forward during a read adds that to its bound, and no more",
    isOpen: false,
    history: {
      settings: {
        ...CALM,
        seed: 0,
        isCalm: false,
        isSmall: false,
        schemaReloadMs: 300,
        isolates: 1,
        pace: 5,
      },
      events: [
        read(0, FIRST_ITEMS, 0, 0, 0),
        read(0, ITEM_1, 0, 0, 0),
        { ...write(151, 365, item(1)), seed: 0 },
        read(225, FIRST_ITEMS, 0, 0, 0),
        { ...fault(225, { kind: "step", isolate: 0, by: 182 }), seed: 0 },
      ],
    },
  },
  {
    // The mirror takes what it was told at 0 for 1,500 ms old, and no program can notice: its clock never showed less.
    name: "I1. a mirror's clock that is set back, and has caught up before anything read it",
    isOpen: false,
    history: {
      settings: { ...CALM, mirrors: { count: 1, refillsPerMinute: 0, memoryBytes: 1_000_000 } },
      events: [
        read(0, ITEM_1, 10_000, 0),
        write(500, 0, item(1)),
        { at: 1_000, seed: 1, kind: "mirror-step", mirror: 0, by: -1_500 },
        read(3_000, ITEM_1, 2_000, 1),
      ],
    },
  },
  {
    name: "I2. a change between another history and its flush",
    isOpen: false,
    history: LATE_FIRST_PAGE,
  },
];

/** The seed decides which instance a call meets. */
function superseded(number: number): History {
  const events = [
    read(0, NOTES),
    fault(500, { kind: "supersede", lasts: 60_000 }),
    read(600, ITEM_1),
    write(1_000, 0, item(1)),
    read(2_000, ITEM_1),
  ];
  return {
    settings: { ...CALM, changesCome: "by-webhook" },
    events: events.map((event) => ({ ...event, seed: 1 + number * 7 + event.at })),
  };
}
