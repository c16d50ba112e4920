import { afterAll, beforeAll, it } from "vitest";
import { type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

const BOUND_MS = 1_000;

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    changes: "pulled",
    config: { tables: { items: { freshness: `${BOUND_MS}ms` } } },
    sql: `create table items (id int primary key, name text); insert into items values (1, 'a');
      grant select on items to anon; select tidemark.watch('public.items')`,
  });
});

afterAll(() => stack?.stop());

const items = "/rest/v1/items?select=id,name";

it.each([
  "truncate tidemark.outbox",
  "delete from tidemark.outbox",
  "update tidemark.outbox set table_name = 'other'",
  "alter table tidemark.outbox disable trigger all; delete from tidemark.outbox",
  "update tidemark.state set pruned_snapshot = null; delete from tidemark.outbox",
])("I5. %s: earlier writes still show within the bound", async (byHand) => {
  await until("it is a hit", async () =>
    (await stack.read(items)).cacheStatus.includes("hit; detail=memory"),
  );
  const [{ name }] = (await stack.read(items)).json;
  await stack.supabase.db.exec(`begin; update items set name = name || 'x'; ${byHand}; commit`);
  await withinBound(
    BOUND_MS,
    performance.now(),
    () => stack.read(items),
    ({ json: [row] }) => row.name === `${name}x`,
  );
});
