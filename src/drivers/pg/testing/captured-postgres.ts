// For tests, in Node: a real Postgres with capture, the library's real keeper, and caches over it.

import pg from "pg";
import { startPostgres } from "../../../../testing/postgres.ts";
import { laboratory } from "../../../cache/testing/laboratory.ts";
import { captureSql } from "../../../capture/capture-sql.ts";
import { SECRET, SECRET_HASH } from "../../../capture/testing/database.ts";
import { createFence } from "../../../fence/cache-fence.ts";
import { Host } from "../../../fence/testing/host.ts";
import { postgresChanges } from "../../../rows/sources/postgres-changes.ts";
import { SteadyClock, TICK_MS } from "../../../runtime/steady-clock.ts";
import type { VirtualClock } from "../../../runtime/virtual-clock.ts";
import type { DriverEvent } from "../../read/options.ts";
import { type CachedPgOptions, cachedPg } from "../cached-pg.ts";

const PG_SCHEMA = `
  create table authors (id int primary key, name text not null);
  create table posts (id bigint primary key, author_id int, title text, made timestamptz, day date, data jsonb, bytes bytea,
    price numeric(8,2), tags text[], seen bool);
  create table secrets (id int primary key, word text);
  create table guarded (id int primary key, owner text);
  alter table guarded enable row level security;
  create policy own on guarded using (owner = current_user);
  create view titles as select id, title from posts;
  create function shout(posts) returns text language sql as 'select upper(max(word)) from secrets';
  create role reader login password 'reader';
  grant select, insert, update, delete on all tables in schema public to reader;
  grant create on schema public to reader;`;

/** One that still says goodbye when the server stops is told so, which is no error of the test's. */
class Client extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on("error", () => {});
  }
}

export type CapturedPostgres = Awaited<ReturnType<typeof capturedPostgres>>;

export async function capturedPostgres() {
  const postgres = await startPostgres();
  const sql = postgres.sql({ max: 2 });
  await sql.unsafe(PG_SCHEMA);
  const watched = ["posts", "authors", "guarded"].map((table) => ({ relation: `public.${table}` }));
  await sql.unsafe(captureSql({ tables: watched, secretHash: SECRET_HASH }));
  const lab = laboratory();
  const source = postgresChanges({
    query: (text, values) => sql.unsafe(text, values),
    secret: SECRET,
    follow: ["posts.author_id"],
  });
  // Virtual time stands still while Postgres works, and what is strict must know before from after.
  const keeperClock = new SteadyClock(lab.clock, TICK_MS) as unknown as VirtualClock;
  const host = new Host(keeperClock, undefined, source);
  const pools: pg.Pool[] = [];
  const pool = (config: pg.PoolConfig = {}) => {
    const made = new pg.Pool({ connectionString: postgres.url, max: 3, Client, ...config });
    pools.push(made);
    return made;
  };
  return {
    host,
    clock: lab.clock,
    pool,
    url: postgres.url,
    /** Another isolate's cache, if the name is another. */
    cached(bare: pg.Pool, options: CachedPgOptions & { readonly freshness?: string } = {}) {
      const { freshness = "0s", ...others } = options;
      const fence = createFence(() => host.stub(), lab.clock);
      const { cache } = lab.isolate({ fence, clock: fence.clock, freshness, ttl: "1d" });
      const events: DriverEvent[] = [];
      const cached = cachedPg(bare, cache, { onEvent: (event) => events.push(event), ...others });
      /** What became of the statements since the last call. */
      const outcomes = () =>
        events.splice(0).map((event) => (event.type === "pass-through" ? event.reason : event.type));
      return { pool: cached, outcomes, cache };
    },
    async close() {
      // A test that fails does not give its client back, and a pool waits for it.
      const ended = Promise.all(pools.map((each) => each.end()));
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2_000))]);
      await postgres.stop();
    },
  };
}
