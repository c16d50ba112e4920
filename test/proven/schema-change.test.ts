import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

let stack: Stack;

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

/** A stack of its own for the tests of a block. */
function inWorld(schemaReload: string): void {
  beforeAll(async () => {
    const tables = { parents: { freshness: "1h" }, detail: { freshness: "1h" } };
    const config = { tables, keeper: { schemaReload } };
    stack = await startStack({ changes: "pulled", isolates: ISOLATES, config, sql: TABLES });
    const isKnown = async () => !(await stack.read(NAMES)).cacheStatus.includes("fwd=bypass");
    await until("the keeper knows the database", isKnown);
  });
  afterAll(() => stack?.stop());
}

/** The same read in every isolate at once. */
function inAllIsolates(target: string, init?: RequestInit): Promise<Answer[]> {
  return Promise.all(ISOLATES.map((at) => stack.read(target, { ...init, at })));
}

describe("a change of the schema", () => {
  inWorld("0s");

  it("I9. is noticed by no reader: the first read after it is answered through the cache, in every isolate", async () => {
    for (const answer of await inAllIsolates(NAMES)) expect(answer.status).toBe(200);
    for (const [n, ddl] of [
      "alter table parents add column extra int default 7",
      "alter table parents enable row level security; create policy all_but_2 on parents using (id <> 2)",
      "alter table parents drop column extra",
    ].entries()) {
      await stack.supabase.db.exec(ddl);
      const answers = await inAllIsolates(NAMES, strictly);
      for (const { status, json, cacheStatus } of answers) {
        expect(status).toBe(200);
        expect(json).toHaveLength(n === 0 ? 2 : 1);
        expect(cacheStatus).not.toMatch(/fwd=bypass|unproven/);
      }
    }
    expect((await stack.admin("stats")).json).toMatchObject({
      schemaState: "known",
      pulling: { failure: null },
    });
  });

  it("I9. is noticed by no reader of a new query whose isolate has not heard of it", async () => {
    await inAllIsolates(NAMES);
    await stack.supabase.db.exec("alter table parents add column other int");
    await stack.read(NAMES, { ...strictly, at: "near" });
    // Within the bound these reads need no call to learn of changes.
    for (const at of ["far", "other"]) {
      const { status, json, cacheStatus } = await stack.read(EMBED, { at });
      expect([status, json.length]).toEqual([200, 1]);
      expect(cacheStatus).not.toContain("fwd=bypass");
    }
  });

  it("I9. fails no read that waits for the database meanwhile", async () => {
    await stack.read(EMBED);
    const unread = `${NAMES}&limit=5`;
    const hold = stack.origin.hold("limit=5");
    const waiting = inAllIsolates(unread);
    await hold.arrived;
    await stack.supabase.db.exec("alter table parents add column last int");
    // Another query's strict read makes the keeper learn of it.
    expect((await stack.read(EMBED, strictly)).cacheStatus).toContain("stored");
    hold.release();
    for (const { status, json, cacheStatus } of await waiting) {
      expect([status, json.length]).toEqual([200, 1]);
      expect(cacheStatus).not.toContain("fwd=bypass");
    }
    const { cacheStatus } = await stack.read(unread, strictly);
    expect(cacheStatus).not.toContain("fwd=bypass");
  });
});

/** How PostgREST shows the embed before and after it learns that a parent has at most one detail. */
const LIST = [
  { id: 1, detail: [{ info: "first" }] },
  { id: 2, detail: [] },
];
const OBJECT = [
  { id: 1, detail: { info: "first" } },
  { id: 2, detail: null },
];

interface SchemaCache {
  knowsUnique: () => boolean;
}

/** PostgREST's schema cache: it answers by the schema it has read, and reads it again when told to. */
function schemaCacheOf({ origin }: Stack): SchemaCache {
  const cache: SchemaCache = { knowsUnique: () => false };
  origin.instead = ({ url, method }) =>
    method === "GET" && decodeURIComponent(url).includes(EMBED)
      ? Response.json(cache.knowsUnique() ? OBJECT : LIST)
      : undefined;
  return cache;
}

const UNIQUE = "alter table detail add unique (parent_id)";

async function undo(cache: SchemaCache): Promise<void> {
  cache.knowsUnique = () => false;
  await stack.supabase.db.exec("alter table detail drop constraint if exists detail_parent_id_key");
  for (const { json } of await inAllIsolates(EMBED, strictly)) expect(json).toEqual(LIST);
}

/** The DDL, as if it had never run: every isolate has filled since, by what PostgREST answered before it. */
async function again(cache: SchemaCache): Promise<void> {
  await undo(cache);
  await stack.supabase.db.exec(UNIQUE);
  // Twice: pulls that overlap flush what the first of them has led to.
  for (let time = 0; time < 2; time++)
    for (const { json } of await inAllIsolates(EMBED, strictly)) expect(json).toEqual(LIST);
}

describe("an API that learns late of a changed schema", () => {
  inWorld("1h");

  it("I1. does not leave its old answer standing: with a bound of 0 the first read after it has learned is right", async () => {
    const cache = schemaCacheOf(stack);
    await again(cache);
    cache.knowsUnique = () => true;
    for (const at of ISOLATES) expect((await stack.read(EMBED, { ...strictly, at })).json).toEqual(OBJECT);
    expect((await stack.admin("stats")).json.byAgeForMs).toBeGreaterThan(0);
    // Copies in KV would be as wrong.
    expect((await (await stack.gateway.kv()).list()).keys).toEqual([]);
  });

  it("I1. does not leave it standing beyond the bound", async () => {
    const cache = schemaCacheOf(stack);
    await again(cache);
    cache.knowsUnique = () => true;
    const learned = performance.now();
    for (const at of ISOLATES) {
      const reads = () => stack.read(EMBED, { at, headers: { "cache-control": "max-age=1" } });
      await withinBound(1_000, learned, reads, ({ json }) => !Array.isArray(json[0].detail));
    }
  });
});

describe("an API that has had its time to learn of a changed schema", () => {
  const RELOAD_S = 20;
  inWorld(`${RELOAD_S}s`);

  it("I1. is believed, and what was filled meanwhile is asked for again", async () => {
    const isOver = async () => (await stack.admin("stats")).json.byAgeForMs === 0;
    const cache = schemaCacheOf(stack);
    await until("all have filled before the API has learnt of it, and it is in time", async () => {
      const begun = performance.now();
      await again(cache);
      cache.knowsUnique = () => true;
      return performance.now() < begun + RELOAD_S * 1_000;
    });
    await until("the time is over", isOver);
    stack.origin.reset();
    for (const at of ISOLATES) {
      const { json, cacheStatus } = await stack.read(EMBED, { ...strictly, at });
      expect(json).toEqual(OBJECT);
      expect(cacheStatus).not.toContain("fwd=bypass");
    }
    expect(stack.origin.reads.length).toBe(1);
    expect((await stack.read(EMBED, strictly)).cacheStatus).toMatch(/^tidemark; hit/);
  });
});
