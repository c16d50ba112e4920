import { afterAll, beforeAll, it } from "vitest";
import { startWorld, until, type World, withinBound } from "../../testing/gateway/stack.ts";

const BOUND_MS = 1_000;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    changes: "pulled",
    config: { tables: { items: { freshness: `${BOUND_MS}ms` } } },
    sql: `create table items (id int primary key, name text); insert into items values (1, 'a');
      grant select on items to anon; select tidemark.watch('public.items')`,
  });
}, 180_000);

afterAll(() => world?.stop());

const items = "/rest/v1/items?select=id,name";

it.each([
  "truncate tidemark.outbox",
  "delete from tidemark.outbox",
  "update tidemark.outbox set table_name = 'other'",
  "alter table tidemark.outbox disable trigger all; delete from tidemark.outbox",
  "update tidemark.state set pruned_snapshot = null; delete from tidemark.outbox",
])("5. %s: what was written before is seen within the bound all the same", async (byHand) => {
  await until("it is a hit", async () =>
    (await world.read(items)).cacheStatus.includes("hit; detail=memory"),
  );
  const [{ name }] = (await world.read(items)).json;
  await world.supabase.db.exec(`begin; update items set name = name || 'x'; ${byHand}; commit`);
  await withinBound(
    BOUND_MS,
    performance.now(),
    () => world.read(items),
    ({ json: [row] }) => row.name === `${name}x`,
  );
});
