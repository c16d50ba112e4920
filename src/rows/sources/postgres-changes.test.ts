import { afterAll, beforeAll, expect, it } from "vitest";
import { rows } from "../../cache/rows.ts";
import { randomFrom } from "../../cache/test-suite/chaos-store.ts";
import { laboratory } from "../../cache/testing/laboratory.ts";
import { CapturedDatabase, SECRET } from "../../capture/testing/database.ts";
import { createFence } from "../../fence/cache-fence.ts";
import { Host } from "../../fence/testing/host.ts";
import type { RowValue } from "../coarse.ts";
import { postgresChanges } from "./postgres-changes.ts";

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(
    `
     create type mood as enum ('glad', 'sad');
     create table authors (id int primary key, name text not null, mood mood);
     create table posts (id bigint primary key, author_id int, slug text, price numeric(8,2), made uuid, data jsonb, likes int);
     create table events (id int, day date, kind varchar(5), primary key (id, day)) partition by range (day);
     create table events_old partition of events for values from ('2020-01-01') to ('2026-01-01');
     create table events_new partition of events for values from ('2026-01-01') to ('2030-01-01');
     create view glad as select * from authors where mood = 'glad';
     create table unheard (id int primary key);`,
    ["authors", "posts", "events"],
  );
});

afterAll(() => database?.close());

const FOLLOW = [
  "posts.author_id",
  "posts.slug",
  "posts.price",
  "posts.made",
  "authors.name",
  "authors.mood",
].concat("events.kind");

const source = (follow: readonly string[] = FOLLOW, secret = SECRET) =>
  postgresChanges({ query: (text, values) => database.rows(text, values), secret, follow });

function isolates(own = source()) {
  const lab = laboratory();
  const host = new Host(lab.clock, undefined, own);
  const isolate = () => {
    const fence = createFence(() => host.stub(), lab.clock);
    return lab.isolate({ fence, clock: fence.clock, freshness: "0s", ttl: "1d" }).cache;
  };
  return { isolate, host, clock: lab.clock };
}

it("R2. tells tables with their keys and what is followed, partitions as relatives, views by what they read", async () => {
  const map = await isolates().isolate().followed();
  expect(map?.tables["public.posts"]).toMatchObject({
    followed: ["id", "author_id", "slug", "price", "made"],
  });
  expect(map?.tables["public.events"]).toMatchObject({
    // A date is compared by more than its letters.
    followed: ["id", "kind"],
    relatives: ["public.events_new", "public.events_old"],
  });
  expect(map?.views).toMatchObject({ "public.glad": ["public.authors"] });
  expect(map?.unwatched).toContain("public.unheard");
});

it.each([
  [["posts.nothing"], "there is no column posts.nothing"],
  [["nothing.id"], "there is no column nothing.id"],
  [["posts.data"], "values of posts.data (jsonb) cannot be compared"],
])("R2. a column that cannot be followed is refused: %j", async (follow, message) => {
  await expect(source(follow).followed()).rejects.toThrow(message);
});

it("R2. a table that is not there, a view and a column that is not there are errors; a table that is not watched is not stored", async () => {
  const cache = isolates().isolate();
  await cache.followed();
  const asked = (table: string, where: Record<string, RowValue> = {}) =>
    cache.lookup("k", () => 1, { reads: [rows(table, where)] });
  await expect(asked("postss")).rejects.toMatchObject({ code: "unknown-table" });
  await expect(asked("glad")).rejects.toThrow("is a view: name the tables that it reads (public.authors)");
  await expect(asked("posts", { autor: 1 })).rejects.toMatchObject({ code: "unknown-column" });
  expect(await asked("unheard")).toMatchObject({ status: "miss" });
  expect(await asked("unheard")).toMatchObject({ status: "miss" });
});

it("a source that refuses tells of nothing: reads are not stored, and nothing fails", async () => {
  expect(await source(FOLLOW, "another secret entirely").followed()).toBe("refused");
  const cache = isolates(source(FOLLOW, "another secret entirely")).isolate();
  for (let n = 0; n < 2; n++)
    expect(await cache.lookup("k", () => 1, { reads: [rows("posts")] })).toMatchObject({ status: "miss" });
});

interface Asked {
  readonly sql: string;
  readonly table: string;
  readonly where: Record<string, RowValue>;
  /** What is read, if it is not all. */
  readonly columns?: readonly string[];
}

const UUIDS = ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "12345678-1234-1234-1234-123456789012"];

it.each([1, 2, 3, 4])(
  "I1, R3, R4. at a bound of 0 every read is what the database says, whatever was written how (seed %i)",
  async (seed) => {
    const random = randomFrom(seed);
    const upTo = (count: number) => Math.floor(random() * count);
    const one = <T>(list: readonly T[]): T => list[upTo(list.length)] as T;
    const { isolate, host, clock } = isolates();
    const caches = [isolate(), isolate()];
    const asked = (): Asked =>
      one<() => Asked>([
        () =>
          ((id) => ({
            sql: `posts where author_id = ${id}`,
            table: "posts",
            where: { author_id: one([id, String(id)]) },
          }))(upTo(4)),
        () =>
          ((id) => ({ sql: `posts where id = ${id}`, table: "posts", where: { id: one([id, BigInt(id)]) } }))(
            upTo(9),
          ),
        () =>
          ((slug) => ({ sql: `posts where slug = '${slug}'`, table: "posts", where: { slug } }))(
            one(["a", "b-c", "7", "7.0"]),
          ),
        () => ({ sql: "posts where author_id is null", table: "posts", where: { author_id: null } }),
        () =>
          ((price) => ({ sql: `posts where price = ${price}`, table: "posts", where: { price } }))(
            one(["1.5", "1.50", "2"]),
          ),
        () =>
          ((made) => ({
            sql: `posts where made = '${made}'`,
            table: "posts",
            where: { made: one([made, made.toUpperCase().replaceAll("-", "")]) },
          }))(one(UUIDS)),
        () =>
          ((name) => ({ sql: `authors where name = '${name}'`, table: "authors", where: { name } }))(
            one(["Ada", "ADA", "bob"]),
          ),
        () =>
          ((mood) => ({ sql: `authors where mood = '${mood}'`, table: "authors", where: { mood } }))(
            one(["glad", "sad"]),
          ),
        () =>
          ((kind) => ({ sql: `events where kind = '${kind}'`, table: "events", where: { kind } }))(
            one(["x", "y"]),
          ),
        () => ({ sql: "events", table: "events", where: {} }),
        () => ({ sql: "posts", table: "posts", where: {}, columns: ["id", "slug"] }),
        () => ({ sql: "events", table: "events", where: {}, columns: ["id", "kind"] }),
        () => ({
          sql: "posts where author_id = 1",
          table: "posts",
          where: { author_id: 1 },
          columns: ["id", "price", "author_id"],
        }),
        () => ({ sql: "events_old", table: "events_old", where: {} }),
        () => ({ sql: "posts", table: "posts", where: { likes: 1 } }),
      ])();
    const written = (): string =>
      one([
        () =>
          `insert into posts values (${upTo(9)}, ${one(["null", "0", "1", "2", "3"])}, '${one(["a", "b-c", "7", "7.0"])}', ${one(["1.5", "2"])}, '${one(UUIDS)}') on conflict (id) do update set author_id = excluded.author_id, likes = ${upTo(5)}`,
        () => `update posts set author_id = ${upTo(4)} where id = ${upTo(9)}`,
        () => `update posts set slug = '${one(["a", "7"])}', price = ${upTo(3)} where author_id = ${upTo(4)}`,
        () => `delete from posts where id = ${upTo(9)}`,
        () =>
          `insert into authors values (${upTo(4)}, '${one(["ada", "Ada", "BOB"])}', 'glad') on conflict (id) do update set name = excluded.name, mood = '${one(["glad", "sad"])}'`,
        () =>
          `insert into events values (${upTo(9)}, '202${one([4, 5, 6, 7])}-05-0${1 + upTo(3)}', '${one(["x", "y"])}') on conflict do nothing`,
        () => `update events set kind = '${one(["x", "y"])}' where id = ${upTo(9)}`,
        () => `delete from events_old where id = ${upTo(9)}`,
        () =>
          `update events set day = '2027-01-0${1 + upTo(9)}' where id = ${upTo(9)} and not exists (select from events e where e.day >= '2027-01-01' and e.id = events.id)`,
        () =>
          one(["truncate posts", "truncate events_old", "delete from authors", "update posts set likes = 1"]),
        () => `begin; insert into posts (id) values (${upTo(9)}) on conflict do nothing; rollback`,
      ])();
    let hits = 0;
    for (let step = 0; step < 400; step++) {
      // Some of them break a key.
      if (random() < 0.25) await database.exec(written()).catch(() => database.exec("rollback"));
      else if (random() < 0.01) host.end(random() < 0.3);
      // Real I/O takes no virtual time.
      await clock.advance(1);
      const { sql, table, where, columns } = asked();
      const load = async () =>
        JSON.stringify(await database.rows(`select ${columns ?? "*"} from ${sql} order by 1, 2`));
      const { value, status } = await one(caches).lookup(`${columns} ${sql}`, load, {
        reads: [rows(table, where, columns)],
      });
      if (status === "hit") hits++;
      expect(value, `${sql}, step ${step} (${status})`).toBe(await load());
    }
    expect(hits).toBeGreaterThan(50);
  },
);
