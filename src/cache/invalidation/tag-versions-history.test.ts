import { expect, test } from "vitest";
import { VirtualClock } from "../../runtime/virtual-clock.ts";
import type { Cache } from "../cache.ts";
import { createCache } from "../create.ts";
import { randomFrom } from "../test-suite/chaos-store.ts";
import { KvDouble } from "../testing/kv-double.ts";

/** The longest that the KV double takes to propagate, and that a data centre's cache lasts. */
const KV_MS = 60_000 + 30_000;
/** How long an isolate relies on tag versions, and how long an invalidation may be retried. */
const OURS_MS = 10_000 + 5_000;

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  "I1, I2. without a keeper: nothing invalidated is served once KV shows the tag's version (seed %i)",
  async (seed) => {
    const random = randomFrom(seed + 1);
    const clock = new VirtualClock();
    const kv = new KvDouble(clock);
    const work: Promise<unknown>[] = [];
    const caches: Cache[] = ["fra", "fra", "nrt"].map((centre) =>
      createCache({
        kv: kv.binding(centre),
        clock,
        ttl: "1d",
        ctx: { waitUntil: (promise) => void work.push(promise) },
      }),
    );
    const keys = ["a:1", "a:2", "b:1"];
    let version = 0;
    const announced: { readonly key: string; readonly version: number; readonly at: number }[] = [];
    const reads: Promise<unknown>[] = [];

    for (let step = 0; step < 250; step++) {
      const cache = caches[Math.floor(random() * caches.length)] as Cache;
      const key = keys[Math.floor(random() * keys.length)] as string;
      if (random() < 0.8) {
        const start = clock.now();
        const due = announced.filter((one) => one.key === key && one.at + KV_MS + OURS_MS < start);
        const least = Math.max(0, ...due.map((one) => one.version));
        const load = async () => {
          const seen = version;
          await clock.sleep(random() * (random() < 0.5 ? 3_000 : 18_000));
          return seen;
        };
        const tags = random() < 0.5 ? ["t"] : () => ["t"];
        reads.push(
          cache.lookup(key, load, { tags }).then(({ value, status, tier }) => {
            if (value < least) throw new Error(`${key}: ${value} < ${least} (${status} from ${tier})`);
          }),
        );
      } else {
        version++;
        const now = version;
        const choice = random();
        const affected = choice < 0.4 ? keys.filter((one) => one.startsWith("a")) : keys;
        const told =
          choice < 0.4 ? cache.deletePrefix("a") : choice < 0.7 ? cache.invalidateTags("t") : cache.forget();
        reads.push(
          told.then(() => {
            for (const one of affected) announced.push({ key: one, version: now, at: clock.now() });
          }),
        );
      }
      if (random() < 0.6) await clock.advance(random() * 20_000);
      if (random() < 0.05) await clock.advance(150_000); // an isolate without reads for a while
    }
    await clock.advance(60_000);
    await Promise.all(reads);
    expect(announced.length).toBeGreaterThan(10);
  },
);
