import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TidemarkConfig } from "../../src/gateway/config/config.ts";
import { MAX_BODY_BYTES } from "../../src/gateway/http/request/json-body.ts";
import { type Stack, startStack, WEBHOOK_SECRET, withinBound } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

const BOUND_MS = 1_000;

const config: TidemarkConfig = {
  tables: { plain: { freshness: `${BOUND_MS}ms` }, odd: { freshness: `${BOUND_MS}ms` } },
};

const TABLES = `
  create table plain (id int primary key, name text);
  create table odd (id int primary key, name text, doc jsonb, raw json);
  insert into plain values (1, 'a'), (2, 'b');
  insert into odd (id, name) values (1, 'a'), (2, 'b');
  grant select on plain, odd to anon;
  create function nested(levels int) returns text language sql as
    $$ select repeat('[', levels) || repeat(']', levels) $$;`;

const plain = "/rest/v1/plain?select=id,name&order=id";
const odd = "/rest/v1/odd?select=id,name&order=id";

/** Values in a row that cannot be read by all, or at all. */
const UNREADABLE = {
  "1,001 levels": "update odd set name = 'deep', doc = nested(1001)::jsonb where id = 2",
  "half a surrogate pair": String.raw`update odd set name = 'half', raw = '{"a": "\ud800"}' where id = 2`,
  "an escaped NUL": String.raw`update odd set name = 'nul', raw = '{"a": "\u0000"}' where id = 2`,
  "megabytes of text": `update odd set name = repeat('x', ${5 * MAX_BODY_BYTES}) where id = 2`,
};

describe("with capture", () => {
  let stack: Stack;
  beforeAll(async () => {
    const watch = "select tidemark.watch('public.plain'); select tidemark.watch('public.odd');";
    stack = await startStack({ changes: "pulled", config, sql: TABLES + watch });
  });
  afterAll(() => stack?.stop());

  it.each(Object.entries(UNREADABLE))(
    "I9. %s in a row: its own table is right within the bound, the others go on being hits",
    async (_, statement) => {
      const before = (await stack.direct(odd)).json;
      await stack.read(plain);
      await stack.supabase.db.query(statement);
      const committed = performance.now();
      const { json } = await withinBound(
        BOUND_MS,
        committed,
        () => stack.read(odd),
        (answer) => answer.json[1].name !== before[1].name,
      );
      expect(json).toEqual((await stack.direct(odd)).json);
      // Of the same keeper, whose pulls have had that row among what they brought.
      const isHit = async () => (await stack.read(plain)).cacheStatus === "tidemark; hit; detail=memory";
      await until("the other table is a hit", isHit);
      await stack.supabase.db.query("update plain set name = name || '!' where id = 1");
      const changed = (await stack.direct(plain)).json;
      await withinBound(
        BOUND_MS,
        performance.now(),
        () => stack.read(plain),
        (answer) => answer.json[0].name === changed[0].name,
      );
      await until("it is a hit again", isHit);
    },
  );
});

describe("with webhooks", () => {
  let stack: Stack;
  beforeAll(async () => {
    const watch = "select webhooks.watch('plain'); select webhooks.watch('odd');";
    stack = await startStack({ config, sql: TABLES + watch });
  });
  afterAll(() => stack?.stop());

  it.each([
    ["1,001 levels", UNREADABLE["1,001 levels"]],
    ["a payload over the cap", UNREADABLE["megabytes of text"]],
  ])("I9. %s: acknowledged, right within the bound, the others untouched", async (_, statement) => {
    const before = (await stack.direct(odd)).json;
    await stack.read(plain);
    // Rejects when the gateway refuses the payload.
    const acknowledged = await stack.change(statement);
    const { json } = await withinBound(
      BOUND_MS,
      acknowledged,
      () => stack.read(odd),
      (answer) => answer.json[1].name !== before[1].name,
    );
    expect(json).toEqual((await stack.direct(odd)).json);
    expect((await stack.read(plain, { headers: { "cache-control": "no-cache" } })).cacheStatus).toBe(
      "tidemark; hit; detail=verified; unproven",
    );
  });

  it("I9. a payload that does not name its table is a flush of everything; one without the secret is none", async () => {
    const send = (secret: string) =>
      fetch(`${stack.gateway.url}/_tidemark/webhook`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
        body: '{"type":"INSERT"}',
      });
    const strictly = { headers: { "cache-control": "no-cache" } };
    await stack.read(plain);
    expect((await send("a guess")).status).toBe(401);
    expect((await stack.read(plain, strictly)).cacheStatus).toContain("hit");
    const taken = await send(WEBHOOK_SECRET);
    expect([taken.status, await taken.json()]).toEqual([
      200,
      expect.objectContaining({ flushed: "everything" }),
    ]);
    expect((await stack.read(plain, strictly)).cacheStatus).not.toContain("hit");
  });
});
