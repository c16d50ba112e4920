import { UsageReporter } from "../../../src/fence/usage.ts";
import type { BoundedRead } from "../../../src/gateway/reader/bounded-read.ts";
import { NO_COLO } from "../../../src/gateway/reader/colo/colo-cache.ts";
import { bytesHeld, type HeldAnswer } from "../../../src/gateway/reader/held-answer.ts";
import { Reader } from "../../../src/gateway/reader/reader.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { Lru } from "../../../src/runtime/lru.ts";
import { SteadyClock, TICK_MS } from "../../../src/runtime/steady-clock.ts";
import { quantile } from "../../harness/quantile.ts";
import { bareKeeper } from "./bare-keeper.ts";
import { type Curve, growthOf, text } from "./curve.ts";
import { ANSWER, readOf } from "./items.ts";

const HITS = 4_000;
const ROUNDS = 9;
const HOUR_MS = 3_600_000;

/** A loop of only hits reads the clock so often that its ticks run ahead of real time: let that catch up. */
const CATCH_UP_MS = 50;

/** Keys in one isolate's memory: the cost of a hit, and their size; the fence has the same size for all. */
export async function keysCurve(counts: readonly number[]): Promise<Curve> {
  const rows: number[][] = [];
  const keeper = bareKeeper(() => ANSWER);
  for (const count of counts) {
    const memory = new Lru<HeldAnswer>({ maxBytes: 2 ** 31, maxEntries: count });
    const reader = new Reader({
      clock: new SteadyClock(systemClock, TICK_MS),
      ...{
        keeper: () => keeper,
        lookup: async () => null,
        colo: NO_COLO,
        memory,
        reporter: new UsageReporter(),
      },
      ...{ configHash: "bench", timeouts: { startMs: 2_000, syncMs: 2_000, fillMs: 10_000, kvMs: 1_000 } },
    });
    const reads = Array.from({ length: count }, (_, number) => readOf(number));
    const orders = reads.map(
      (read): BoundedRead => ({
        ...{
          read,
          bearer: null,
          ttlMs: HOUR_MS,
          staleIfErrorMs: 0,
          staleWhileRevalidateMs: 0,
          boundMs: HOUR_MS,
          token: null,
        },
        ...{ client: () => "bench", anchor: (work) => void work.catch(() => {}) },
      }),
    );
    for (const order of orders) {
      const { kind } = await reader.read(order);
      if (kind !== "held") throw new Error(`answered by ${kind}`);
    }
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await systemClock.sleep(CATCH_UP_MS);
      const start = performance.now();
      for (let n = 0; n < HITS; n++) {
        const order = orders[(n * 7_919) % count] as BoundedRead;
        if (reader.hit(order) === null) throw new Error("not a hit");
      }
      times.push(((performance.now() - start) * 1e6) / HITS);
    }
    const bytes = reads.reduce((sum, { key }) => sum + weightOf(memory.get(key)), 0);
    rows.push([count, quantile(times.slice(2), 0.5), bytes / 2 ** 20]);
  }
  return {
    title: "Keys",
    how: `Keys with bodies of a kilobyte in one isolate's memory, 4,000 of them hit in a scattered order again and again: the Reader alone, without HTTP. By default memory holds 32 MiB and 10,000 keys, the keeper 20,000.`,
    head: ["keys", "ns a hit, median", "MiB by the tier's account"],
    rows,
    bend: `A hit is one look in a Map: ${text(growthOf(rows, 0))} times the keys make it ${text(growthOf(rows, 1))} times as slow, since what it touches (key, slot, entry) no longer lies in the processor's caches. The fence stays at 8,192 buckets (64 KB) for any number of keys; with far more keys than buckets a change refuses neighbours, which costs them a call, not a query.`,
  };
}

function weightOf(held: HeldAnswer | undefined): number {
  return held === undefined ? 0 : bytesHeld(held);
}
