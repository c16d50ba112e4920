import { describe, expect, it } from "vitest";
import { adminCalls, CHANGE, expectProblem } from "./admin-calls.ts";

const admin = adminCalls();

describe("webhooks", () => {
  it("one for a configured table is accepted, one for another table refused by name", async () => {
    expect((await admin.post("webhook", JSON.stringify(CHANGE))).status).toBe(200);
    for (const table of ["nowhere", "articles;", "__proto__", "constructor", "ARTICLES"]) {
      expectProblem(await admin.post("webhook", JSON.stringify({ ...CHANGE, table })), 422, "unknown-table");
    }
    expectProblem(
      await admin.post("webhook", JSON.stringify({ ...CHANGE, schema: "private" })),
      422,
      "unknown-table",
    );
  });

  it.each([
    [{ ...CHANGE, type: "MERGE" }, "public.articles"],
    [{ ...CHANGE, type: 1 }, "public.articles"],
    [{ ...CHANGE, record: null }, "public.articles"],
    [{ ...CHANGE, record: "row" }, "public.articles"],
    [{ ...CHANGE, type: "DELETE", old_record: null }, "public.articles"],
    [{ ...CHANGE, table: "" }, "everything"],
    [{ ...CHANGE, table: null }, "everything"],
    [{ ...CHANGE, schema: undefined }, "everything"],
    [{ type: "INSERT" }, "everything"],
    [{}, "everything"],
  ])("%j cannot be parsed: a flush", async (payload, flushed) => {
    const { status, json } = await admin.post("webhook", JSON.stringify(payload));
    expect([status, json.flushed]).toEqual([200, flushed]);
  });

  it.each(["[]", "null", "7", '"INSERT"'])("%s is no payload", async (payload) => {
    expectProblem(await admin.post("webhook", payload), 400, "malformed-change");
  });

  it("odd rows are accepted: no columns, huge numbers, names with a meaning in JavaScript, duplicate names", async () => {
    const rows = [
      "{}",
      '{"id":1e999}',
      '{"id":123456789012345678901234567890}',
      '{"__proto__":1,"constructor":2}',
      '{"id":1,"id":2}',
      '{"":null}',
      '{"id":{"a":[1]}}',
      '{"\\ud800":"\\udfff"}',
    ];
    for (const row of rows) {
      const payload = `{"type":"UPDATE","schema":"public","table":"articles","record":${row},"old_record":${row}}`;
      expect((await admin.post("webhook", payload)).status, row).toBe(200);
    }
  });

  it("TRUNCATE is taken as a flush", async () => {
    const answer = await admin.post(
      "webhook",
      '{"type":"TRUNCATE","schema":"public","table":"articles","record":null,"old_record":null}',
    );
    expect(answer.status).toBe(200);
  });
});
