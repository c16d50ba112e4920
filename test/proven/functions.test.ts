import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld, type World, withinBound } from "../world.ts";

const FRESHNESS_MS = 400;
const table = { freshness: `${FRESHNESS_MS}ms`, ttl: "1h" } as const;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    changes: "pulled",
    config: { tables: { items: table, visibility: table } },
    sql: `
      create table visibility (item_id int primary key, public boolean not null);
      create table items (id int primary key, name text);
      insert into items values (1, 'one'), (2, 'two');
      insert into visibility values (1, true), (2, true);
      create function is_public(id int) returns boolean language sql stable security definer set search_path = ''
        as 'select v.public from public.visibility v where v.item_id = id';
      alter table items enable row level security;
      create policy public_only on items for select using (is_public(id));
      grant select on items, visibility to anon;
      select tidemark.watch('items'), tidemark.watch('visibility');
    `,
  });
}, 60_000);

afterAll(() => world?.stop());

it("1. a policy that calls a function of the owner's hides a row within the bound", async () => {
  const read = () => world.read("/rest/v1/items?select=id&order=id");
  const ids = ({ json }: { json: { id: number }[] }) => json.map(({ id }) => id);
  expect(ids(await read())).toEqual([1, 2]);
  await world.supabase.db.query("update visibility set public = false where item_id = 1");
  await withinBound(FRESHNESS_MS, performance.now(), read, (answer) => ids(answer).join() === "2");
});
