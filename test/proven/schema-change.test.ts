import { afterEach, describe, expect, it } from "vitest";
import { type Answer, startWorld, until, type World } from "../world.ts";

let world: World | undefined;

afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const TABLES = `
  create table parents (id int primary key, name text not null);
  create table detail (id int primary key, parent_id int not null references parents (id), info text);
  insert into parents values (1, 'one'), (2, 'two');
  insert into detail values (1, 1, 'first');
  grant select on parents, detail to anon;
  select tidemark.watch('parents'), tidemark.watch('detail');
`;

const ISOLATES = ["near", "far", "other"];
const NAMES = "/rest/v1/parents?select=id,name&order=id";
const EMBED = "/rest/v1/parents?select=id,detail(info)&order=id";
const strictly = { headers: { "cache-control": "no-cache" } };

async function start(schemaReload: string, freshness = "1h"): Promise<World> {
  const table = { freshness };
  return startWorld({
    changes: "pulled",
    isolates: ISOLATES,
    config: { tables: { parents: table, detail: table }, keeper: { schemaReload } },
    sql: TABLES,
  });
}

/** How many reads every isolate together answered so, by the outcomes' words. */
async function inAllIsolates(target: string, init?: RequestInit): Promise<Answer[]> {
  return Promise.all(ISOLATES.map((at) => (world as World).read(target, { ...init, at })));
}

describe("a change of the schema", () => {
  it("9. is noticed by no reader: the first read after it is answered through the cache, in every isolate", async () => {
    world = await start("0s");
    for (const answer of await inAllIsolates(NAMES)) expect(answer.status).toBe(200);
    for (const [n, ddl] of [
      "alter table parents add column extra int default 7",
      "alter table parents enable row level security; create policy all_but_2 on parents using (id <> 2)",
      "alter table parents drop column extra",
    ].entries()) {
      await world.supabase.db.exec(ddl);
      const answers = await inAllIsolates(NAMES, strictly);
      for (const { status, json, cacheStatus } of answers) {
        expect(status).toBe(200);
        expect(json).toHaveLength(n === 0 ? 2 : 1);
        expect(cacheStatus).not.toMatch(/detail=|unproven/);
        expect(cacheStatus).toMatch(/stored|collapsed|hit/);
      }
    }
    expect((await world.admin("stats")).json).toMatchObject({ bypasses: 0, errors: 0, schemaState: "known" });
  });

  it("9. fails nobody who waits for the database while it happens", async () => {
    world = await start("0s");
    await world.read(EMBED);
    const hold = world.origin.hold("select=id,name");
    const waiting = inAllIsolates(NAMES);
    await hold.arrived;
    await world.supabase.db.exec("alter table parents add column extra int");
    // Another query's strict read makes the keeper learn of it.
    expect((await world.read(EMBED, strictly)).cacheStatus).toContain("stored");
    hold.release();
    for (const { status, json } of await waiting) expect([status, json.length]).toEqual([200, 2]);
    const { cacheStatus } = await world.read(NAMES, strictly);
    expect(cacheStatus).not.toContain("detail=keeper-failed");
    expect((await world.admin("stats")).json).toMatchObject({ bypasses: 0, errors: 0 });
  });
});

void until;
