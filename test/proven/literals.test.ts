import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

const BOUND_MS = 400;
const UUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";

const tables = { events: { freshness: `${BOUND_MS}ms`, ttl: "1h" } } as const;
const sql = `
  create table events (id int8 primary key, code text, day date, at timestamptz, tags int4[]);
  grant select on events to anon;
  insert into events values (1, 'x', '2020-01-01', '2020-01-01T00:00:00Z', '{1,2}');
`;

/** An UPDATE of one event's column, as a Database Webhook reports it. */
function updated(column: string, from: unknown, to: unknown) {
  const row = { id: 1, code: "x", day: "2020-01-01", at: "2020-01-01T00:00:00+00:00", tags: [1, 2] };
  return {
    ...{ type: "UPDATE", table: "events", schema: "public" },
    record: { ...row, [column]: to },
    old_record: { ...row, [column]: from },
  };
}

describe("I7. without a schema", () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ config: { tables }, sql: `${sql} select webhooks.watch('events');` });
  });

  afterAll(() => stack?.stop());

  const isAffected = async (search: string, change: object) => {
    const query = `/rest/v1/events?select=id&${search}`;
    return (await stack.admin("explain", { query, change })).json.verdict.affected;
  };

  it.each([
    [`code=neq.${UUID}`, updated("code", UUID, UUID.toUpperCase())],
    [`code=neq.${"0".repeat(31)}1`, updated("code", 0, 1)],
    ["tags=neq.{1,2}", updated("tags", [2], [1, 2])],
  ])("a value that only looks like the literal changes %s", async (search, change) => {
    expect(await isAffected(search, change)).toBe(true);
  });

  it("values that differ for certain change nothing", async () => {
    expect(
      await isAffected(`code=eq.${UUID}`, updated("code", UUID.replace("a", "b"), UUID.replace("a", "c"))),
    ).toBe(false);
  });

  it("I1. a row that a UUID in capitals finds shows within the bound", async () => {
    const target = `/rest/v1/events?select=id&code=neq.${UUID}`;
    await stack.change(`update events set code = '${UUID}'`);
    expect((await stack.read(target)).json).toEqual([]);
    const told = await stack.change(`update events set code = '${UUID.toUpperCase()}'`);
    await withinBound(
      BOUND_MS,
      told,
      () => stack.read(target),
      ({ json }) => json.length === 1,
    );
  });

  it("I1. any column could be a date", async () => {
    for (const search of ["code=neq.now", "select=code::date"])
      expect((await stack.read(`/rest/v1/events?${search}`)).cacheStatus).toContain("detail=time-dependent");
  });
});

describe("I7. with a schema", () => {
  let stack: Stack;

  beforeAll(async () => {
    const watched = `${sql} select tidemark.watch('events');`;
    stack = await startStack({ changes: "pulled", config: { tables }, sql: watched });
  });

  afterAll(() => stack?.stop());

  it("a literal without a zone may be a week off", async () => {
    const change = updated("at", "2020-01-01T00:00:00+00:00", "2020-01-02T00:00:00+00:00");
    const question = {
      query: "/rest/v1/events?select=id&at=gte.2020-01-03T00:00:00",
      headers: { prefer: "timezone=XYZ-30" },
      change,
    };
    const { json } = await stack.admin("explain", question);
    expect(json).toMatchObject({ schemaKnown: true, verdict: { affected: true } });
  });

  it("I1. a text column holds no dates, whatever its values look like", async () => {
    const text = "/rest/v1/events?select=id&code=neq.now";
    await until("it is a hit", async () => (await stack.read(text)).cacheStatus.includes("; hit"));
    for (const search of ["day=lt.today", "select=code::date"])
      expect((await stack.read(`/rest/v1/events?${search}`)).cacheStatus).toContain("detail=time-dependent");
  });
});
