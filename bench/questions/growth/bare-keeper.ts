import { DatabaseSync } from "node:sqlite";
import { Keeper } from "../../../src/keeper/keeper.ts";
import { NOBODY_SIGNED_IN } from "../../../src/keeper/ports/settings.ts";
import type { CacheableRead } from "../../../src/keeper/protocol/entry.ts";
import type { Position } from "../../../src/keeper/protocol/position.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { nodeSql } from "../../../testing/node-sql.ts";
import { TOLD_FEED } from "../../../testing/told-feed.ts";
import { type ANSWER, FOOTPRINTS, readOf } from "./items.ts";

const MANY = 1_000_000;
const TABLE = { freshnessMs: 10_000, ttlMs: 3_600_000, staleIfErrorMs: 0 };
const CONFIG_HASH = "bench";

/** A keeper on SQLite in memory, with an origin that answers at once; without refills, KV writes or audits. */
export function bareKeeper(
  answer: (read: CacheableRead) => typeof ANSWER,
  database = new DatabaseSync(":memory:"),
): Keeper {
  return new Keeper(
    {
      sql: nodeSql(database),
      clock: systemClock,
      alarm: { wakeAt: () => {} },
      origin: {
        whoami: async () => "failed",
        fetch: async (read) => ({
          kind: "response",
          response: { status: 200, headers: {}, ...answer(read), notStored: null },
        }),
      },
      store: { put: async () => {} },
      digest: async () => "",
      feed: () => TOLD_FEED,
      footprints: FOOTPRINTS,
      databaseStatus: () => ({ schemaState: "none", pulling: null }),
      newIncarnation: () => "bench",
      report: () => {},
      restart: () => {},
    },
    {
      configHash: CONFIG_HASH,
      tables: new Map([["public.items", TABLE]]),
      declared: { tables: new Set(["public.items"]), dependsOn: new Map() },
      audiences: NOBODY_SIGNED_IN,
      limits: {
        ...{ maxKeys: MANY, newKeysPerClientPerMinute: MANY, kvWritesPerDay: 0, refillsPerMinute: 0 },
        keeperMemoryBytes: 33_554_432,
        registryBytes: 10_000_000_000,
      },
      auditEveryMs: 0,
      schemaReloadMs: 0,
      flightDeadlineMs: 9_000,
      ownerTrustMs: 0,
    },
  );
}

/** Registers these queries and fills them. */
export async function register(keeper: Keeper, from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += 500) {
    const count = Math.min(500, to - start);
    await fill(
      keeper,
      Array.from({ length: count }, (_, n) => start + n),
    );
  }
}

/** Reads these, to refill entries that a change has dropped. */
export async function fill(keeper: Keeper, numbers: readonly number[]): Promise<void> {
  const at = await position(keeper);
  const answers = numbers.map((number) =>
    keeper.fill({
      ...{ configHash: CONFIG_HASH, read: readOf(number), have: null, at, token: null, boundMs: 0 },
      ...{ bearer: null, priority: "miss", client: `bench-${number}`, pulled: false },
    }),
  );
  for (const { kind } of await Promise.all(answers))
    if (kind !== "entry") throw new Error(`a query was answered by ${kind}`);
}

async function position(keeper: Keeper): Promise<Position> {
  const request = {
    configHash: CONFIG_HASH,
    since: null,
    boundMs: 0,
    token: null,
    client: null,
    report: null,
  };
  const answer = await keeper.sync(request);
  if (answer.kind !== "synced") throw new Error(`the keeper refuses: ${answer.reason}`);
  return answer.position;
}
