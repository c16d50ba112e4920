import { afterEach, expect, test, vi } from "vitest";
import type { RowMap } from "../../rows/row-map.ts";
import type { CachePort, CachePortOptions, LookupStatus } from "./cache-port.ts";
import { DriverReads, driverState, type Request } from "./driver-reads.ts";
import type { DriverEvent, DriverOptions, QueryOptions } from "./options.ts";
import { IsolateWrites } from "./own-writes.ts";
import { type CatalogueSource, Plans } from "./plans.ts";

afterEach(() => {
  vi.useRealTimers();
});

const mapOf = (): RowMap => ({
  tables: {
    "main.posts": { columns: ["id", "author_id"], followed: ["id"] },
    "main.authors": { columns: ["id"], followed: ["id"] },
  },
  unwatched: [],
  views: {},
  schemas: ["main"],
});

const LASTS_MS = 60_000;
const NOTHING_TOLD: CatalogueSource = { lastsMs: LASTS_MS, load: async () => ({}) };

/** A cache that fails as it is told. The real one is in the tests of D1 and pg. */
class FailingCache implements CachePort {
  map: RowMap | undefined = mapOf();
  canCatchUp = true;
  catchUps = 0;
  status: LookupStatus = "miss";
  error: unknown;
  readonly kept = new Map<string, unknown>();
  readonly asked: CachePortOptions[] = [];

  async lookup(key: string, load: () => Promise<unknown>, options: CachePortOptions) {
    this.asked.push(options);
    if (this.error !== undefined) throw this.error;
    if (this.kept.has(key)) return { value: this.kept.get(key), status: this.status, ageMs: 5 };
    const value = await load();
    if (value !== undefined) this.kept.set(key, value);
    return { value, status: "miss" as const, ageMs: 0 };
  }

  async followed() {
    return this.map;
  }

  async catchUp() {
    this.catchUps++;
    return this.canCatchUp;
  }
}

function driver(options: DriverOptions = {}, query: QueryOptions = {}, writes = new IsolateWrites()) {
  const cache = new FailingCache();
  const events: DriverEvent[] = [];
  const state = driverState(new Plans("sqlite", {}), writes);
  const reads = new DriverReads(cache, state, { onEvent: (event) => events.push(event), ...options }).with(
    query,
  );
  const database = { answer: "one", sent: 0, asked: 0, error: undefined as unknown };
  const request = (sql: string, more: Partial<Request<string, string>> = {}): Request<string, string> => ({
    ...{ sql, parameters: [], parameterKey: "[]", shape: "all", catalogue: NOTHING_TOLD },
    async send() {
      database.sent++;
      return `${database.answer} as it came`;
    },
    async ask() {
      database.asked++;
      if (database.error !== undefined) throw database.error;
      return database.answer;
    },
    keep: (raw) => ({ raw }),
    direct: (raw) => raw,
    decode: (value) => `${(value as { raw: string }).raw} from the cache`,
    ...more,
  });
  const outcomes = () =>
    events.splice(0).map((event) => (event.type === "pass-through" ? event.reason : event.type));
  const read = (sql = "SELECT * FROM posts", more: Partial<Request<string, string>> = {}) =>
    reads.read(request(sql, more));
  return { cache, database, outcomes, read, reads, state };
}

test("An answer is kept, and the next one is the cache's", async () => {
  const { cache, outcomes, read } = driver();
  expect(await read()).toBe("one");
  cache.status = "hit";
  expect(await read()).toBe("one from the cache");
  expect(outcomes()).toEqual(["miss", "hit"]);
});

test("I9. A cache that fails makes no read fail", async () => {
  const { cache, outcomes, read, database } = driver();
  cache.error = new Error("broken");
  expect(await read()).toBe("one as it came");
  cache.error = undefined;
  cache.map = undefined;
  expect(await read()).toBe("one as it came");
  expect(outcomes()).toEqual(["cache-failed", "no-map"]);
  expect(database.asked).toBe(0);
});

test("I9. A kept answer that cannot be read is asked for again", async () => {
  const { cache, outcomes, read } = driver();
  await read();
  cache.status = "hit";
  const decode = () => {
    throw new Error("of another version");
  };
  expect(await read("SELECT * FROM posts", { decode })).toBe("one as it came");
  expect(outcomes()).toEqual(["miss", "cache-failed"]);
});

test("What the database throws comes through unchanged, and the statement is not sent twice", async () => {
  const { database, outcomes, read } = driver();
  database.error = new Error("the database's own");
  await expect(read()).rejects.toBe(database.error);
  expect(database).toMatchObject({ asked: 1, sent: 0 });
  expect(outcomes()).toEqual([]);
});

test("R5. What was planned with one map is not kept when its load begins under another", async () => {
  const { cache, read } = driver();
  let isFirst = true;
  cache.lookup = async (key, load, options) => {
    // A sync brings another map after the plan, and before the load.
    if (isFirst) cache.map = mapOf();
    isFirst = false;
    return FailingCache.prototype.lookup.call(cache, key, load, options);
  };
  expect(await read()).toBe("one");
  expect(cache.kept.size).toBe(0);
  await read();
  expect(cache.kept.size).toBe(1);
});

test("I6. After a write nothing is read from a cache that may not know of it", async () => {
  const { cache, outcomes, read, reads } = driver();
  await read();
  cache.status = "hit";
  await reads.write("DELETE FROM posts", async () => "gone");
  cache.canCatchUp = false;
  expect(await read()).toBe("one as it came");
  cache.canCatchUp = true;
  expect(await read()).toBe("one from the cache");
  const { catchUps } = cache;
  expect(await read()).toBe("one from the cache");
  expect(cache.catchUps).toBe(catchUps);
  expect(outcomes()).toEqual(["miss", "not-a-read", "own-write", "hit", "hit"]);
});

test("I6. A write by one driver counts for every other of the isolate, and for each keeper apart", async () => {
  const writes = new IsolateWrites();
  const [writer, one, two] = [driver({}, {}, writes), driver({}, {}, writes), driver({}, {}, writes)];
  await writer.reads.write("DELETE FROM posts", async () => "gone");
  for (const { read, cache } of [one, two]) {
    await read();
    await read();
    expect(cache.catchUps).toBe(1);
  }
});

test("what is sent to another database than the keeper's is passed through, or to one that cannot be told", async () => {
  const { cache, outcomes, read } = driver();
  const told = (database: string | undefined): CatalogueSource => ({
    lastsMs: Number.POSITIVE_INFINITY,
    load: async () => ({ ...(database !== undefined && { database }) }),
  });
  for (const database of ["theirs", "other", undefined]) {
    cache.map = { ...mapOf(), database: "theirs" };
    await read(`SELECT '${database}' FROM posts`, { catalogue: told(database) });
  }
  cache.map = { ...mapOf(), database: "theirs" };
  await read("SELECT 4 FROM posts", { catalogue: NOTHING_TOLD });
  expect(outcomes()).toEqual(["miss", "other-database", "other-database", "other-database"]);
});

test("I6. A write that fails may have been carried out", async () => {
  const { cache, read, reads } = driver();
  const lost = new Error("the connection was lost");
  await expect(reads.write("DELETE FROM posts", () => Promise.reject(lost))).rejects.toBe(lost);
  await read();
  expect(cache.catchUps).toBe(1);
});

test("I6. What a cache still serves while it asks again is not served to whoever has written", async () => {
  const { cache, outcomes, read, reads } = driver();
  await read();
  cache.status = "stale";
  expect(await read()).toBe("one from the cache");
  await reads.write("DELETE FROM posts", async () => "gone");
  expect(await read()).toBe("one as it came");
  expect(outcomes()).toEqual(["miss", "stale", "not-a-read", "own-write"]);
});

test("What cannot be kept is given as the database gave it", async () => {
  const { cache, read, outcomes } = driver();
  expect(await read("SELECT * FROM posts", { keep: () => undefined })).toBe("one");
  expect(cache.kept.size).toBe(0);
  expect(await read("SELECT * FROM posts", { keep: () => undefined, direct: () => undefined })).toBe(
    "one as it came",
  );
  expect(outcomes()).toEqual(["miss", "not-kept"]);
});

test("Shapes, parameters and names are part of the key; what cannot be told is passed through", async () => {
  const { cache, read, outcomes } = driver({ name: "a:b/@%" });
  await read();
  await read("SELECT * FROM posts", { shape: "raw" });
  await read("SELECT * FROM posts", { parameterKey: '["x:1"]' });
  await read("SELECT * FROM posts", { parameterKey: undefined });
  await read("SELECT * FROM posts", { parameterKey: "x".repeat(20_000) });
  expect([...cache.kept.keys()]).toEqual([
    "a%3ab%2f%40%25:all:SELECT * FROM posts:[]",
    "a%3ab%2f%40%25:raw:SELECT * FROM posts:[]",
    'a%3ab%2f%40%25:all:SELECT * FROM posts:["x%3a1"]',
  ]);
  expect(outcomes()).toEqual(["miss", "miss", "miss", "parameter", "too-long"]);
});

test("The shortest time of the tables holds, a query's own wins, and others are the driver's", async () => {
  const tables = { posts: { ttl: "1h" }, authors: { ttl: "1m", staleWhileRevalidate: "1s" }, "*": {} };
  const both = "SELECT * FROM posts, authors";
  const { cache, read } = driver({ tables, ttl: "1d", staleIfError: "5m", tags: ["a"] });
  await read(both);
  await read("SELECT * FROM posts");
  const { cache: other, read: readOther } = driver({ tables, tags: ["a"] }, { ttl: "2h", tags: ["b"] });
  await readOther(both);
  expect(cache.asked).toMatchObject([
    { ttl: "1m", staleWhileRevalidate: "1s", staleIfError: "5m", tags: ["a"] },
    { ttl: "1h", staleIfError: "5m" },
  ]);
  expect(other.asked).toMatchObject([{ ttl: "2h", staleWhileRevalidate: "1s", tags: ["a", "b"] }]);
});

test("A catalogue that is refused is not asked for again at once, but after a while", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { read, outcomes } = driver();
  let asked = 0;
  const load = async () => {
    asked++;
    throw new Error("permission denied");
  };
  await read("SELECT * FROM posts", { catalogue: { lastsMs: LASTS_MS, load } });
  await read("SELECT id FROM posts", { catalogue: { lastsMs: LASTS_MS, load } });
  vi.setSystemTime(Date.now() + 10_000);
  await read("SELECT id FROM posts");
  expect(asked).toBe(1);
  expect(outcomes()).toEqual(["cache-failed", "cache-failed", "miss"]);
});

test("Statistics count each statement, and forget the oldest of too many", async () => {
  const { read, state } = driver();
  for (let n = 0; n < 1_001; n++) await read(`SELECT ${n} FROM posts`);
  await read("SELECT 1000 FROM posts");
  const all = state.statistics.read();
  expect(all).toHaveLength(1_000);
  expect(all[0]?.sql).toBe("SELECT 1 FROM posts");
  expect(all.at(-1)).toMatchObject({ misses: 2, tables: ["main.posts"] });
});
