import type { Sql } from "postgres";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { captureSql } from "../capture-sql.ts";
import type { Page } from "../testing/page.ts";
import { Puller } from "../testing/puller.ts";

let postgres: Postgres;
let sql: Sql;
let puller: Puller;

const INSTALL = captureSql({ tables: [{ relation: "public.items" }], secretHash: [] });

beforeAll(async () => {
  postgres = await startPostgres();
  sql = postgres.sql({ max: 1 });
  await sql`create table items (id int, parts int[])`;
  await sql.unsafe(INSTALL).simple();
  puller = new Puller(postgres.sql({ max: 1 }));
});
beforeEach(async () => {
  await sql`delete from items where id > 0`;
  await puller.pull();
});
afterAll(() => postgres.stop());

/** Whether `statement` makes the next pull flush everything, by flag or by another history. */
async function isNoticed(statement: string): Promise<boolean> {
  const before = historyOf(await puller.page());
  await sql.unsafe(statement).simple();
  const page = await puller.page();
  // It flushes once, not with every pull.
  expect(historyOf(await puller.page())).toBe(historyOf(page));
  return page.flush || historyOf(page) !== before;
}

function historyOf({ incarnation, started }: Page): string {
  return `${incarnation} ${started}`;
}

/** As if no event trigger had fired: a role that is no superuser cannot create any. */
const unnoticed = (statement: string) => `set session_replication_role = replica;
  alter event trigger tidemark_ddl disable; alter event trigger tidemark_drop disable; ${statement};
  alter event trigger tidemark_ddl enable always; alter event trigger tidemark_drop enable always;
  reset session_replication_role`;

describe("I5. editing the outbox by hand starts another history", () => {
  test.each([
    "truncate tidemark.outbox",
    "truncate tidemark.outbox restart identity",
    "delete from tidemark.outbox",
    "delete from tidemark.outbox where id = (select max(id) from tidemark.outbox)",
    "update tidemark.outbox set table_name = 'other'",
    "update tidemark.outbox set txid = '3'",
    "alter table tidemark.outbox rename to away; insert into items values (2); alter table tidemark.away rename to outbox",
    "create table tidemark.copy (like tidemark.outbox including all); drop table tidemark.outbox; alter table tidemark.copy rename to outbox",
    "alter table tidemark.outbox disable trigger all; delete from tidemark.outbox; alter table tidemark.outbox enable always trigger tidemark_guard_after_delete; alter table tidemark.outbox enable always trigger tidemark_guard_after_update",
  ])("I5. %s", async (statement) => {
    await sql`insert into items values (1)`;
    expect(await isNoticed(unnoticed(statement))).toBe(true);
    await sql.unsafe(INSTALL).simple();
  });

  test.each(["delete", "truncate"])("I5. a %s that ends while a pull waits for it", async (verb) => {
    await sql`insert into items values (1)`;
    const before = historyOf(await puller.page());
    const other = postgres.sql({ max: 1 });
    await other`begin`;
    await other.unsafe(verb === "truncate" ? "truncate tidemark.outbox" : "delete from tidemark.outbox");
    const pulling = puller.page();
    if (verb === "truncate") await isWaiting();
    await other`commit`;
    const page = await pulling;
    expect(page.flush || historyOf(page) !== before || page.changes.length > 0).toBe(true);
    expect(historyOf(await puller.page())).not.toBe(before);
  });

  test("I5. while a guard is disabled each pull flushes, and the next migration enables it again", async () => {
    await sql.unsafe(unnoticed("alter table tidemark.outbox disable trigger all")).simple();
    expect(await puller.pull()).toMatchObject({ flush: "history" });
    expect(await puller.pull()).toMatchObject({ flush: "history" });
    await sql.unsafe(INSTALL).simple();
    expect(await puller.pull()).toMatchObject({ flush: null });
  });

  test("I5. with event triggers it is enabled again at once", async () => {
    expect(await isNoticed("alter table tidemark.outbox disable trigger all")).toBe(true);
    expect((await sql`select * from tidemark.missing_guards()`).length).toBe(0);
  });
});

describe("I5. so does editing the state by hand", () => {
  test.each([
    "update tidemark.state set pruned_snapshot = null",
    "update tidemark.state set pruned_snapshot = '1:1:'",
    "update tidemark.state set schema_version = 0",
    "delete from tidemark.uptime",
    "update tidemark.uptime set id = gen_random_uuid()",
    "truncate tidemark.schema_change",
    "with old as (delete from tidemark.state returning *) insert into tidemark.state select * from old",
    "alter table tidemark.uptime set logged",
  ])("I5. %s", async (statement) => {
    await sql`insert into items values (1)`;
    await sql.unsafe("select tidemark.schema_changed()").simple();
    await sql`select tidemark.prune('0 seconds')`;
    await sql`select tidemark.prune('0 seconds')`;
    expect(await isNoticed(unnoticed(statement))).toBe(true);
    await sql.unsafe(INSTALL).simple();
    await sql`select tidemark.prune('0 seconds')`;
  });

  test("I5. an earlier incarnation does not come back", async () => {
    const { incarnation } = await puller.page();
    await sql`update tidemark.outbox set op = op`;
    await sql`update tidemark.state set incarnation = ${incarnation}`;
    expect((await puller.page()).incarnation).not.toBe(incarnation);
  });

  test("I5. deleted versions of the schema still count", async () => {
    await sql`select tidemark.schema_changed()`;
    const { schemaVersion } = await puller.page();
    await sql`delete from tidemark.schema_change`;
    expect((await puller.page()).schemaVersion).toBe(schemaVersion);
  });

  test.each([
    "delete from tidemark.watched",
    "update tidemark.watched set columns = '{id}'",
    "update tidemark.settings set schemas = '{other}'",
  ])("I7. %s is a new version of the schema, and flushes", async (statement) => {
    const { schemaVersion } = await puller.page();
    await sql.unsafe(statement).simple();
    expect((await puller.page()).schemaVersion).toBe(schemaVersion + 1);
    expect((await puller.pull()).changes).toMatchObject([{ type: "FLUSH", table: null }]);
    await sql.unsafe(INSTALL).simple();
    await sql`update tidemark.watched set columns = null`;
    await sql.unsafe(INSTALL).simple();
  });
});

describe("normal operation starts no other history", () => {
  test.each([
    "select tidemark.prune('0 seconds'); select tidemark.prune('0 seconds')",
    "select tidemark.schema_changed(); select tidemark.prune('0 seconds'); select tidemark.prune('0 seconds')",
    "update tidemark.state set next_prune_at = now() - interval '2 days'; select tidemark.prune_abandoned()",
    "vacuum analyze tidemark.outbox, tidemark.state, tidemark.watched",
    "create table fresh (id int); select tidemark.watch('fresh'); drop table fresh",
    "insert into items values (3); update items set id = 4; delete from items",
  ])("%s", async (statement) => {
    await sql`insert into items values (1)`;
    await sql`select tidemark.prune('0 seconds')`;
    await puller.pull();
    const { incarnation, started } = await puller.page();
    for (const each of statement.split("; ")) await sql.unsafe(each);
    const page = await puller.page();
    expect([page.incarnation, page.started]).toEqual([incarnation, started]);
  });

  test("nor does running the same migration again", async () => {
    const { incarnation, started, schemaVersion } = await puller.page();
    await sql.unsafe(INSTALL).simple();
    expect(await puller.page()).toMatchObject({ incarnation, started, schemaVersion, flush: false });
  });
});

describe("I5. a restarted sequence loses nothing", () => {
  test.each(["restart", "minvalue -100 restart with -100", "minvalue 1 maxvalue 3 restart with 1 cycle"])(
    "I5. %s",
    async (numbers) => {
      const [row] = await sql`select pg_get_serial_sequence('tidemark.outbox', 'id') as sequence`;
      const alter = (how: string) => sql.unsafe(unnoticed(`alter sequence ${row?.sequence} ${how}`)).simple();
      await sql`insert into items values (1), (2)`;
      await alter(numbers);
      for (const id of [3, 4, 5, 6, 7]) await sql`insert into items values (${id})`;
      for (const rows of [1, 2, 3]) {
        const small = new Puller(postgres.sql({ max: 1 }), rows);
        small.cursor = puller.cursor;
        expect(new Set(await small.ids())).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]));
      }
      await alter("minvalue 1 no maxvalue restart with 1000 no cycle");
    },
  );
});

async function isWaiting(): Promise<void> {
  for (let waiting = 0; waiting === 0; ) {
    const [row] = await sql`select count(*)::int as waiting from pg_locks where not granted`;
    waiting = row?.waiting;
  }
}
