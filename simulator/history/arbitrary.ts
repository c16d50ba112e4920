import fc from "fast-check";
import { QUERIES } from "../database/queries.ts";
import type { Statement } from "../database/statement.ts";
import {
  type Event,
  FAULT_KINDS,
  type FaultEvent,
  type History,
  type Order,
  type ReadEvent,
  type Settings,
  type WriteEvent,
} from "./history.ts";
import { lateMessages } from "./late.ts";
import { mirrors } from "./mirrors.ts";
import { boundMs, cancelAfter, ISOLATES, isolate, milliseconds } from "./parts.ts";
import { signedIn } from "./signed-in.ts";
import { NO_TIERS, tiers } from "./tiers.ts";

const HOUR_MS = 3_600_000;

const query = fc.nat(QUERIES.length - 1);
const client = fc.option(fc.nat(1), { freq: 1 });
const isRare = fc.nat(9).map((number) => number === 9);

const read: fc.Arbitrary<ReadEvent> = fc.record({
  kind: fc.constant("read" as const),
  isolate,
  query,
  boundMs,
  client,
  cancelAfter,
  keepsWord: fc.boolean(),
});

const table = fc.constantFrom("items" as const, "items" as const, "notes" as const);

const statement: fc.Arbitrary<Statement> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      op: fc.constantFrom("put" as const, "put" as const, "put" as const, "move" as const, "delete" as const),
      table,
      id: fc.integer({ min: 1, max: 4 }),
      of: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constantFrom("truncate" as const, "flush" as const), table }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constantFrom(
        "comment" as const,
        "column" as const,
        "policy" as const,
        "unique" as const,
        "unique" as const,
      ),
    }),
  },
);

const write: fc.Arbitrary<WriteEvent> = fc.record({
  kind: fc.constant("write" as const),
  client,
  statements: fc.array(statement, { minLength: 1, maxLength: 3 }),
  lasts: milliseconds,
  end: fc.oneof(
    { weight: 20, arbitrary: fc.constant("commit" as const) },
    { weight: 2, arbitrary: fc.constantFrom("rollback" as const, "prepare" as const, "forget" as const) },
  ),
});

const fault: fc.Arbitrary<FaultEvent> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("crash" as const), storageLost: isRare }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("supersede" as const), lasts: milliseconds }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("stall" as const), lasts: milliseconds }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("deploy" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("vanish" as const), isolate }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("sleep" as const),
      isolate,
      lasts: fc.oneof(
        { weight: 9, arbitrary: milliseconds },
        { weight: 1, arbitrary: fc.constant(HOUR_MS + 1) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("step" as const),
      isolate: fc.option(isolate),
      // Back by more than a second: less cannot be told from a clock that stands still.
      by: fc.oneof(fc.integer({ min: -100_000, max: -1_100 }), fc.integer({ min: 100, max: 100_000 })),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("prune" as const), keep: milliseconds }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restore" as const), commitsAgo: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reload" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("down" as const),
      lasts: milliseconds,
      hangs: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("purge" as const), query: fc.option(query) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("weather" as const),
      leg: fc.constantFrom(
        "to-keeper" as const,
        "from-keeper" as const,
        "to-origin" as const,
        "from-origin" as const,
        "to-database" as const,
        "from-database" as const,
        "notice" as const,
      ),
      takes: fc.option(milliseconds, { freq: 2 }),
    }),
  },
);

const event: fc.Arbitrary<Event> = fc
  .tuple(
    fc.nat(1_000),
    fc.nat(1_000_000),
    fc.oneof(
      { weight: 5, arbitrary: read },
      { weight: 3, arbitrary: write },
      { weight: 2, arbitrary: fault },
    ),
  )
  .map(([at, seed, what]) => ({ at, seed, ...what }));

const settings: fc.Arbitrary<Omit<Settings, "signedIn" | "mirrors" | keyof typeof NO_TIERS>> = fc.record({
  seed: fc.nat(1_000_000),
  isCalm: isRare,
  isSmall: fc.boolean(),
  changesCome: fc.oneof(
    { weight: 5, arbitrary: fc.constant("by-pull" as const) },
    { weight: 1, arbitrary: fc.constant("by-webhook" as const) },
  ),
  nudges: fc.boolean(),
  isolates: fc.integer({ min: 1, max: ISOLATES }),
  rowsPerPage: fc.constantFrom(1_000, 1, 2),
  maxKeys: fc.constantFrom(1_000, 1_000, 1_000, 3, 5),
  refillsPerMinute: fc.constantFrom(0, 1_000),
  kvWritesPerDay: fc.constantFrom(100_000, 100_000, 100_000, 2),
  auditEveryMs: fc.constantFrom(0, 2_000),
  // While the API may lag, all answers are proven by their age, and little of the protocol is exercised.
  schemaReloadMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(300, 3_000, 30_000) },
  ),
  ttlMs: fc.constantFrom(HOUR_MS, HOUR_MS, 30_000),
  staleIfErrorMs: fc.constantFrom(0, 24 * HOUR_MS),
  originSlowness: fc.constantFrom(1, 1, 3, 8),
  mishaps: fc.constantFrom(
    "none" as const,
    "none" as const,
    "lossy" as const,
    "flaky" as const,
    "both" as const,
  ),
  databaseOffset: fc.integer({ min: -5_000, max: 5_000 }),
  pace: fc.constantFrom(1, 5, 20, 60, 200),
  faults: fc.subarray([...FAULT_KINDS]),
});

const order: fc.Arbitrary<Order> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ purge: fc.option(query) }) },
  {
    weight: 1,
    arbitrary: fc.record({ mode: fc.constantFrom("on" as const, "shadow" as const, "off" as const) }),
  },
);

/** What admins want, in one history of three. */
const orders = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.record({
        at: fc.nat(1_000),
        seed: fc.nat(1_000_000),
        kind: fc.constant("order" as const),
        isolate,
        order,
      }),
      { minLength: 1, maxLength: 6, size: "max" },
    ),
  },
);

/** How many histories of ten have what not all of them have. */
export interface Shares {
  readonly mirrored: number;
  /** The data centre's cache, or answers that are given while they are revalidated. */
  readonly tiered: number;
  /** An API that is late with a changed schema, and messages that are overtaken. */
  readonly late: number;
}

/** What was added later comes last, so that a seed's other events and settings are what they were without. */
export function histories({ mirrored, tiered, late }: Shares): fc.Arbitrary<History> {
  return fc
    .record({
      settings,
      events: fc.array(event, { minLength: 1, maxLength: 40, size: "max" }),
      signedIn,
      orders,
      mirrors: fc.oneof(
        { weight: 10 - mirrored, arbitrary: fc.constant(null) },
        { weight: mirrored, arbitrary: mirrors },
      ),
      tiers: fc.oneof(
        { weight: 10 - tiered, arbitrary: fc.constant(null) },
        { weight: tiered, arbitrary: tiers },
      ),
      late: fc.oneof(
        { weight: 10 - late, arbitrary: fc.constant(null) },
        { weight: late, arbitrary: lateMessages },
      ),
    })
    .map(({ settings, events, signedIn, orders, mirrors, tiers, late }) => ({
      settings: {
        ...settings,
        ...(tiers?.settings ?? NO_TIERS),
        ...late?.settings,
        ...{ signedIn: signedIn?.settings ?? null, mirrors: mirrors?.settings ?? null },
      },
      events: [
        ...[...events, ...(signedIn?.events ?? []), ...orders],
        ...[...(mirrors?.events ?? []), ...(tiers?.events ?? []), ...(late?.events ?? [])],
      ],
    }));
}
