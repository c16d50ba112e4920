import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TableConfig } from "../../src/gateway/config/config.ts";
import { type Stack, startStack } from "../../testing/gateway/stack.ts";

const SQL = `
  create table kids (id int primary key, name text);
  create table toys (id int primary key, name text);
  create table kid_toys (kid_id int references kids, toy_id int references toys, primary key (kid_id, toy_id));
  insert into kids values (1, 'a');
  insert into toys values (1, 'x');
  insert into kid_toys values (1, 1);
  grant select on kids, toys, kid_toys to anon;
  select webhooks.watch(t::regclass) from unnest(array['kids', 'toys', 'kid_toys']) t;
`;

const EMBED = "/rest/v1/kids?select=id,toys(name)";

let stacks: Stack[] = [];

/** A gateway that gets changes by webhooks, and whose keeper may not read the database's schema. */
async function stack(kids: TableConfig | true): Promise<Stack> {
  const started = await startStack({ config: { tables: { kids, toys: true, kid_toys: true } }, sql: SQL });
  stacks.push(started);
  return started;
}

afterAll(async () => {
  await Promise.all(stacks.map((each) => each.stop()));
  stacks = [];
});

describe("I1. an embed whose junction is not declared", () => {
  let silent: Stack;
  let declared: Stack;

  beforeAll(async () => {
    silent = await stack(true);
    declared = await stack({ dependsOn: ["toys", "kid_toys"] });
  });

  it("is passed through, though every table is configured", async () => {
    expect((await silent.read(EMBED)).cacheStatus).toBe("tidemark; fwd=bypass; detail=unknown-embed");
  });

  it("is cached once the owner says what it depends on, and follows the junction", async () => {
    expect((await declared.read(EMBED)).json).toEqual([{ id: 1, toys: [{ name: "x" }] }]);
    expect((await declared.read(EMBED)).cacheStatus).toContain("hit");
    await declared.change("delete from kid_toys");
    const { json } = await declared.read(EMBED, { headers: { "cache-control": "no-cache" } });
    expect(json).toEqual([{ id: 1, toys: [] }]);
  });
});
