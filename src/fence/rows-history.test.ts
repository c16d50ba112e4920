import { afterAll, expect, it } from "vitest";
import type { Cache } from "../cache/cache.ts";
import { rows } from "../cache/read/reads.ts";
import { randomFrom } from "../cache/test-suite/chaos-store.ts";
import { laboratory } from "../cache/testing/laboratory.ts";
import { laggingStore } from "../cache/testing/lagging-store.ts";
import { VirtualClock } from "../runtime/virtual-clock.ts";
import { createFence } from "./cache-fence.ts";
import { Host } from "./testing/host.ts";
import { RowDatabase } from "./testing/row-database.ts";

const AUTHORS = 6;
const POSTS = 30;

/** How many histories; each makes some 400 reads. */
const HISTORIES = Number(process.env.HISTORIES ?? 40);

/** Of each history. */
const HITS: number[] = [];

afterAll(() => expect(HITS.reduce((sum, hits) => sum + hits, 0)).toBeGreaterThan(20 * HISTORIES));

function worldOf(random?: () => number, boundMs = 1_000) {
  const clock = new VirtualClock();
  const hop = random && (() => Math.floor(random() * 60));
  const database = new RowDatabase(clock, hop);
  const host = new Host(clock, hop, database);
  const lab = laboratory(random && laggingStore(clock, random));
  const isolate = () => {
    const fence = createFence(() => host.stub(), clock);
    return lab.isolate({ fence, clock: fence.clock, freshness: `${boundMs}ms`, ttl: "1d" });
  };
  return { clock, database, host, isolate, background: lab.background };
}

it.each(Array.from({ length: HISTORIES }, (_, seed) => seed))(
  "I1, I2, R1 to R9. what rows are read by is never older than the bound, whatever happens to database and keeper (seed %i)",
  async (seed) => {
    const random = randomFrom(seed + 1);
    const boundMs = [1_000, 300, 0, 5_000][seed % 4] as number;
    const { clock, database, host, isolate } = worldOf(random, boundMs);
    const caches = [isolate(), isolate(), isolate()].map(({ cache }) => cache);
    const upTo = (count: number) => Math.floor(random() * count);
    const work: Promise<unknown>[] = [];
    let [hits, reads] = [0, 0];
    const read = (cache: Cache, author: number) => {
      const start = clock.now();
      const load = async () => {
        await clock.sleep(upTo(50));
        const seen = database.answer(author);
        await clock.sleep(upTo(200));
        return seen;
      };
      const stands = { reads: [rows("posts", { author_id: author })] };
      reads++;
      work.push(
        cache.lookup(`posts:${author}`, load, stands).then(({ value, status, tier }) => {
          if (status === "hit") hits++;
          if (!database.possible(author, start - boundMs).includes(value))
            throw new Error(`${author}: ${value} (${status} from ${tier}), asked at ${start}`);
        }),
      );
    };
    for (let step = 0; step < 600; step++) {
      const choice = random();
      if (choice < 0.7) read(caches[upTo(3)] as Cache, upTo(AUTHORS));
      else if (choice < 0.85) database.put({ id: upTo(POSTS), author_id: upTo(AUTHORS), likes: step });
      else if (choice < 0.88) database.delete(upTo(POSTS));
      else if (choice < 0.885) database.truncate();
      else if (choice < 0.89) host.end(random() < 0.2);
      else if (choice < 0.9) host.down = random() < 0.3;
      else if (choice < 0.91) database.isDown = random() < 0.3;
      else if (choice < 0.915) database.rebuild();
      else if (choice < 0.94) database.install();
      else if (choice < 0.945) database.backUp();
      else if (choice < 0.95) database.restore();
      else if (choice < 0.96) await database.prune();
      if (random() < 0.5) await clock.advance(upTo(400));
    }
    await clock.advance(60_000);
    await Promise.all(work);
    expect(reads).toBeGreaterThan(300);
    HITS.push(hits);
  },
);

it("R2, R3. a change of one author's rows leaves the others' alone; a TRUNCATE does not", async () => {
  const { clock, database, isolate, background } = worldOf();
  const { cache } = isolate();
  const statuses = async () => {
    const found: string[] = [];
    for (const author of [1, 2]) {
      const load = () => database.answer(author);
      const { status, value } = await cache.lookup(`posts:${author}`, load, {
        reads: [rows("posts", { author_id: author })],
      });
      expect(value).toBe(database.answer(author));
      found.push(status);
    }
    await background();
    return found;
  };
  database.put({ id: 1, author_id: 1, likes: 0 });
  database.put({ id: 2, author_id: 2, likes: 0 });
  await statuses();
  expect(await statuses()).toEqual(["hit", "hit"]);
  database.put({ id: 1, author_id: 1, likes: 1 });
  await clock.advance(1_001);
  expect(await statuses()).toEqual(["miss", "hit"]);
  // A row that changes hands is one less of the one, and one more of the other.
  database.put({ id: 1, author_id: 2, likes: 1 });
  await clock.advance(1_001);
  expect(await statuses()).toEqual(["miss", "miss"]);
  database.truncate();
  await clock.advance(1_001);
  expect(await statuses()).toEqual(["miss", "miss"]);
});
