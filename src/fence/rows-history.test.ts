import { afterAll, expect, it } from "vitest";
import { rows } from "../cache/rows.ts";
import { laboratory } from "../cache/testing/laboratory.ts";
import { createFence } from "./cache-fence.ts";
import { Host } from "./testing/host.ts";
import { RowDatabase } from "./testing/row-database.ts";
import { directedRowHistories, rowHistory } from "./testing/row-history.ts";

/** How many histories; each makes some 400 reads. */
const HISTORIES = Number(process.env.HISTORIES ?? 40);

/** Of each history. */
const HITS: number[] = [];

afterAll(() => expect(HITS.reduce((sum, hits) => sum + hits, 0)).toBeGreaterThan(20 * HISTORIES));

function worldOf() {
  const { clock, isolate, background } = laboratory();
  const database = new RowDatabase(clock);
  const host = new Host(clock, undefined, database);
  const fence = createFence(() => host.stub(), clock);
  const { cache } = isolate({ fence, clock: fence.clock, freshness: "1s", ttl: "1d" });
  return { clock, database, cache, background };
}

it.each(Array.from({ length: HISTORIES }, (_, seed) => seed))(
  "I1, I2, R1 to R9. what rows are read by is never older than the bound, whatever happens to database and keeper (seed %i)",
  async (seed) => {
    const { reads, hits, violation } = await rowHistory(seed);
    expect(violation).toBeNull();
    expect(reads).toBeGreaterThan(300);
    HITS.push(hits);
  },
);

it("R2, R3. a change of one author's rows leaves the others' alone; a TRUNCATE does not", async () => {
  const { clock, database, cache, background } = worldOf();
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

it("I1, R6. a superseded keeper proves nothing by its pulls, and triggers that come back flush", async () => {
  expect(await directedRowHistories()).toBeNull();
});

it("I6. after catchUp nobody in this isolate gets what was proven a moment ago, not even while it is loaded again", async () => {
  const { clock, database, cache, background } = worldOf();
  const read = () =>
    cache.lookup("posts:1", () => database.answer(1), { reads: [rows("posts", { author_id: 1 })] });
  await read();
  await clock.advance(10);
  expect(await read()).toMatchObject({ value: "[]", status: "hit" });
  database.put({ id: 1, author_id: 1, likes: 0 });
  expect(await cache.catchUp()).toBe(true);
  expect(await read()).toMatchObject({ value: database.answer(1), status: "miss" });
  await background();
});
