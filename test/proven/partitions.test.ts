import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stack, startStack } from "../../testing/gateway/stack.ts";

let stack: Stack;

const columns = Array.from({ length: 30 }, (_, n) => `column_number_${n} text`).join(", ");

beforeAll(async () => {
  stack = await startStack({
    changes: "pulled",
    config: { tables: { events: { freshness: "1m" } } },
    sql: `
      create table events (id int, k int not null, ${columns}, primary key (id, k)) partition by list (k);
      select tidemark.watch('events');
      do $$ begin
        for n in 1 .. 400 loop
          execute format('create table events_%s partition of events for values in (%s)', n, n);
        end loop;
      end $$;
      insert into events (id, k) select n, n from generate_series(1, 400) n;
      grant select on events to anon;
    `,
  });
});

afterAll(() => stack?.stop());

it("I11. a table of 400 partitions of 30 columns is described, cached, and follows its changes", async () => {
  const path = "/rest/v1/events?select=id&k=in.(7,8)&order=id";
  expect((await stack.read(path)).json).toEqual([{ id: 7 }, { id: 8 }]);
  expect((await stack.read(path)).cacheStatus).toContain("hit");
  expect((await stack.admin("stats")).json.schemaState).toBe("known");
  expect((await stack.admin("explain", { query: path })).json.caveats).toEqual([]);
  await stack.supabase.db.query("delete from events where id = 7");
  const strictly = { headers: { "cache-control": "no-cache" } };
  expect((await stack.read(path, strictly)).json).toEqual([{ id: 8 }]);
});
