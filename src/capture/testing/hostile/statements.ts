import type { Shop } from "./installation.ts";
import { trapBody, trapCondition } from "./trap.ts";

export interface Step {
  readonly as: "mallory" | "bob";
  readonly sql: string;
  /** May change answers without changing rows: a new version of the schema, where event triggers may be. */
  readonly isSchemaChange?: true;
  /** COPY … FROM STDIN sends this after it. */
  readonly input?: string;
}

const by = (as: Step["as"], ...statements: readonly string[]): Step[] =>
  statements.map((sql) => ({ as, sql }));

/** Every kind of statement that fires one of our triggers. Some fail with us and without. */
export function writes(shop: Shop): Step[] {
  const columns = shop.columns.map((name) => name).join(", ");
  const rows = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => `(${from + at}, ${shop.values})`).join(", ");
  const insert = (from: number, count: number) =>
    `insert into shop.items (${columns}) values ${rows(from, count)}`;
  return [
    ...by(
      "mallory",
      insert(1, 1),
      insert(2, 3),
      insert(1_000, 600),
      "update shop.items set label = 'changed' where id = 1",
      "update shop.items set label = repeat('long ', 60000) where id = 2",
      "update shop.items set label = 'beside what is long' where id between 1 and 4",
      "update shop.items set id = id + 100000 where id = 3",
      "update shop.items set label = 'never' where false",
      "update shop.items set label = 'all'",
      `${insert(1, 1)} on conflict (id) do update set label = excluded.label`,
      `${insert(4, 1)} on conflict do nothing`,
      `${insert(90, 2)} returning id`,
      "delete from shop.items where id = 1002",
      "delete from shop.items where id between 1003 and 1010",
      "delete from shop.items where id > 1020",
      "with gone as (delete from shop.items where id = 1011 returning id) insert into shop.loose select id from gone",
      "with changed as (update shop.items set label = 'cte' where id = 1012 returning id) update shop.items set label = 'two' where id = 1013",
      "merge into shop.items i using (values (1014), (5000)) v (id) on i.id = v.id when matched then update set label = 'merged' when not matched then insert (id, label) values (v.id, 'merged')",
      "merge into shop.items i using (values (1015)) v (id) on i.id = v.id when matched then delete",
      "begin; savepoint s; update shop.items set label = 'undone'; rollback to s; update shop.items set label = 'done'; commit",
      "begin isolation level serializable; update shop.items set label = 'serial' where id = 1017; commit",
      "begin; set constraints all deferred; update shop.items set label = 'deferred' where id = 1017; commit",
      "do $$ begin for i in 1 .. 3 loop update shop.items set label = i::pg_catalog.text where id = 1018; end loop; end $$",
      "begin; declare c cursor for select id from shop.items where id = 1018 for update; fetch c; update shop.items set label = 'current' where current of c; close c; commit",
      "insert into shop.parted (id, at, label, mood) values (1, 5, 'a', 'sad'), (2, 6, 'b', 'glad')",
      "insert into shop.part5 (id, at, label, mood) values (3, 5, 'direct', 'sad')",
      "update shop.parted set at = 6 where id = 1",
      "delete from shop.parted where id = 3",
      "insert into shop.loose values (1, 'sad')",
      "delete from shop.loose",
      "insert into app.notes values (1, 'hers')",
      "update app.notes set body = body || ' again'",
      "truncate app.notes",
      "truncate shop.parted",
    ),
    ...by(
      "bob",
      insert(7_000, 2),
      "update shop.items set label = 'by bob' where id = 7000",
      "insert into shop.parted (id, at, label) values (9, 6, 'by bob')",
      "delete from shop.items where id = 7001",
      "insert into app.notes values (2, 'his'), (3, 'his')",
      "delete from app.notes where id = 2",
    ),
    { as: "mallory", sql: "copy shop.items (id, label) from stdin", input: "8000\tcopied\n8001\tcopied\n" },
    ...by("mallory", "truncate shop.items", insert(1, 3)),
  ];
}

const schemaChanges = (...statements: readonly string[]): Step[] =>
  statements.map((sql) => ({ as: "mallory", sql, isSchemaChange: true }));

/** Every kind of DDL that our event triggers look at, and some that no role may run. */
export function changesOfSchema(): Step[] {
  return [
    ...schemaChanges(
      "alter table shop.items add column extra text default shop.given()",
      'alter table shop.items rename column label to "$capture$ %I \'; --"',
      'alter table shop.items rename column "$capture$ %I \'; --" to label',
      "alter table shop.items alter column label type text using (label || shop.given())",
      "alter type shop.mood add value 'odd'",
      "alter type shop.mood rename value 'odd' to 'queer'",
      "alter type shop.pair add attribute o text",
      `create function shop.late(shop.mood) returns json ${trapBody("a late cast")}; create cast (shop.mood as json) with function shop.late(shop.mood) as implicit`,
      "create policy later on shop.items using (true)",
      "alter table shop.items enable row level security",
      "alter table shop.items disable row level security",
      "create index later on shop.items (shop.computed(id))",
      "create trigger another before update on shop.items for each row execute function shop.fired()",
      "alter table shop.parted attach partition shop.part7 for values in (7)",
      "alter table shop.parted detach partition shop.part6",
      "alter table shop.parted attach partition shop.part6 for values in (6)",
      "create table shop.heir () inherits (shop.items)",
      "alter table shop.heir no inherit shop.items",
      "alter table shop.items rename to things",
      "alter table shop.things rename to items",
      "grant select on shop.items to public",
      "grant update (label) on shop.items to bob",
      // One that takes nothing away would change nothing.
      "grant insert (label) on shop.items to bob; revoke insert (label) on shop.items from bob",
      "create or replace function shop.given() returns text language sql as $$ select 'given anew' $$",
      `alter domain shop.tempers add constraint stern check (${trapCondition("a domain's constraint")})`,
      "create view shop.shown as select * from shop.items",
      "alter table shop.items disable trigger all",
      "alter table shop.items set (fillfactor = 90)",
    ),
    ...by(
      "mallory",
      "comment on table shop.items is 'hers'",
      "create temp table items (id int); insert into items values (1); grant select on items to public; drop table items",
      "create temp table brief () inherits (shop.items); drop table brief",
      `create temp view watched as select 1 as relation where ${trapCondition("a temporary view")}`,
      "drop view pg_temp.watched",
      "alter table shop.items replica identity full",
      "analyze shop.items",
      "reindex table shop.items",
      "alter table shop.loose set schema public",
      "alter table public.loose set schema shop",
      "drop table shop.loose cascade",
      "create table shop.loose (id int primary key, mood shop.mood)",
      "create event trigger hers on ddl_command_end execute function tidemark.on_ddl()",
      "create trigger ours after insert on shop.loose referencing new table as new_rows for each statement execute function tidemark.capture_1_insert()",
      "select tidemark.nudge()",
      "insert into tidemark.outbox (op) values ('FLUSH')",
      "select * from tidemark.settings",
      "alter schema tidemark owner to mallory",
      "create function tidemark.hers() returns int language sql as 'select 1'",
      "alter function public.tidemark_changes(text, text, text, bigint, int) owner to mallory",
      "reassign owned by supa to mallory",
    ),
  ];
}
