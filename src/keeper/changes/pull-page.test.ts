import { describe, expect, it } from "vitest";
import { changeFromMembers, flushFromMembers } from "../../postgrest/row/change.ts";
import { objectMembers } from "../../postgrest/row/json-source.ts";
import { parsePage } from "./pull-page.ts";

const PAGE = {
  incarnation: "database-1",
  started: "1",
  schemaVersion: 3,
  snapshot: "10:10:",
  flush: false,
  last: 2,
  more: false,
  now: 5_000,
};

/** A page of these events, each as the database prints it. */
const pageOf = (...events: string[]) =>
  parsePage(`${JSON.stringify(PAGE).slice(0, -1)},"changes":[${events.join(",")}]}`);

const event = (record: string, more = '"type":"INSERT","schema":"public","table":"odd"') =>
  `{${more},"record":${record},"old_record":null,"writtenAt":4990}`;

const READABLE = event('{"id":1}', '"type":"INSERT","schema":"public","table":"plain"');

const nested = (depth: number) => `{"doc":${"[".repeat(depth)}${"]".repeat(depth)}}`;

describe("I9. a row that cannot be read never fails a pull", () => {
  it.each([
    ["too deep", event(nested(1_001))],
    ["deeper than any stack", event(nested(200_000))],
    ["no object", event("[1]")],
    ["no row", event("null")],
    ["a column twice", event('{"id":1,"id":2}')],
    ["bytes that were not UTF-8", event('{"name":"\ufffd"}')],
    ["an event of another kind", event('{"id":1}', '"type":"MERGE","schema":"public","table":"odd"')],
    ["an event without a kind", event('{"id":1}', '"schema":"public","table":"odd"')],
    ["a flush", '{"type":"FLUSH","schema":"public","table":"odd","record":null,"old_record":null}'],
  ])("I9. %s is a flush of its table, and the others are read", (_, odd) => {
    const { changes, everything } = pageOf(READABLE, odd);
    expect(everything).toBe(false);
    expect(changes).toMatchObject([
      { kind: "row", relation: "public.plain" },
      { kind: "flush", relation: "public.odd" },
    ]);
  });

  it.each([
    ["no table", event(nested(1_001), '"type":"INSERT","schema":"public","table":null')],
    ["no schema", event('{"id":1}', '"type":"INSERT","table":"odd"')],
    ["a table that is no text", event('{"id":1}', '"type":"INSERT","schema":"public","table":{}')],
    ["no object at all", "7"],
    ["a flush of everything", '{"type":"FLUSH","schema":null,"table":null,"writtenAt":4990}'],
  ])("I9. %s is a flush of everything", (_, odd) => {
    expect(pageOf(READABLE, odd).everything).toBe(true);
  });

  it.each([
    ["numbers beyond JavaScript's", '{"n":1e999999,"m":-0,"k":123456789012345678901234567890}'],
    ["escapes that no text column can hold", '{"j":{"a":"\\ud800","b":"\\u0000"}}'],
    ["members twice inside of a value", '{"j":{"a":1,"a":2}}'],
  ])("%s are read as they are", (_, record) => {
    expect(pageOf(event(record)).changes).toMatchObject([{ kind: "row" }]);
  });

  it("an event of an unknown age has no lag", () => {
    const undated = event('{"id":1}').replace("4990", '"Infinity"');
    expect(pageOf(undated, READABLE)).toMatchObject({ everything: false, lags: [10] });
  });
});

describe("L4. a batch", () => {
  const batch = (type: string, record: string, old: string) =>
    `{"type":"${type}","schema":"public","table":"odd","record":${record},"old_record":${old},"writtenAt":4990}`;

  it("is as many changes, each with its own rows and the batch's age", () => {
    const { changes, lags } = pageOf(
      batch("UPDATE 2", '[{"id":1,"n":1.0}, \n {"id":2}]', '[{"id":1,"n":1},{"id":3}]'),
      batch("INSERT 1", '[{"id":4}]', "null"),
      batch("DELETE 2", "null", '[{"id":5},{"id":6}]'),
      READABLE,
    );
    const relation = "public.odd";
    expect(changes).toEqual([
      { kind: "row", operation: "UPDATE", relation, record: { id: "1", n: "1.0" }, old: { id: "1", n: "1" } },
      { kind: "row", operation: "UPDATE", relation, record: { id: "2" }, old: { id: "3" } },
      { kind: "row", operation: "INSERT", relation, record: { id: "4" } },
      { kind: "row", operation: "DELETE", relation, old: { id: "5" } },
      { kind: "row", operation: "DELETE", relation, old: { id: "6" } },
      { kind: "row", operation: "INSERT", relation: "public.plain", record: { id: "1" } },
    ]);
    expect(lags).toEqual(new Array(6).fill(10));
  });

  it("tells its rows by columns as well, and a column that an UPDATE left as it was once", () => {
    const { changes, lags } = pageOf(
      batch(
        "UPDATE 2",
        '{"id":[1, 2],"n":[1.0, \n 2.50],"__proto__":["a,]","b\\""]}',
        '{"id":null,"n":[0.0, null],"__proto__":null}',
      ),
      batch("INSERT 2", '{"id":[4, 5]}', "null"),
      batch("DELETE 1", "null", '{"id":[6]}'),
      batch("INSERT 2", "{}", "null"),
      READABLE,
    );
    const relation = "public.odd";
    const row = (...members: (readonly [string, string])[]) =>
      Object.assign(Object.create(null), Object.fromEntries(members));
    expect(changes).toEqual([
      {
        ...{ kind: "row", operation: "UPDATE", relation },
        record: row(["id", "1"], ["n", "1.0"], ["__proto__", '"a,]"']),
        old: row(["id", "1"], ["n", "0.0"], ["__proto__", '"a,]"']),
      },
      {
        ...{ kind: "row", operation: "UPDATE", relation },
        record: row(["id", "2"], ["n", "2.50"], ["__proto__", '"b\\""']),
        old: row(["id", "2"], ["n", "null"], ["__proto__", '"b\\""']),
      },
      { kind: "row", operation: "INSERT", relation, record: row(["id", "4"]) },
      { kind: "row", operation: "INSERT", relation, record: row(["id", "5"]) },
      { kind: "row", operation: "DELETE", relation, old: row(["id", "6"]) },
      { kind: "row", operation: "INSERT", relation, record: row() },
      { kind: "row", operation: "INSERT", relation, record: row() },
      { kind: "row", operation: "INSERT", relation: "public.plain", record: row(["id", "1"]) },
    ]);
    expect(lags).toEqual(new Array(8).fill(10));
  });

  it("is a change of all of its table to a keeper that knows no batches", () => {
    const members = objectMembers(batch("UPDATE 1", '[{"id":1}]', '[{"id":1}]')) ?? {};
    expect(() => changeFromMembers(members)).toThrow(expect.objectContaining({ code: "unknown-type" }));
    expect(flushFromMembers(members)).toEqual({ kind: "flush", relation: "public.odd" });
  });

  it.each([
    ["of fewer rows than it says", batch("INSERT 3", '[{"id":1},{"id":2}]', "null")],
    ["whose lists differ", batch("UPDATE 2", '[{"id":1},{"id":2}]', '[{"id":1}]')],
    ["without its old rows", batch("UPDATE 1", '[{"id":1}]', "null")],
    ["that is no list", batch("INSERT 1", '{"id":1}', "null")],
    ["with a row that cannot be read", batch("INSERT 2", `[{"id":1},${nested(1_001)}]`, "null")],
    ["of fewer values than it says", batch("INSERT 2", '{"id":[1,2],"n":[1]}', "null")],
    ["of more values than it says", batch("INSERT 1", '{"id":[1,2]}', "null")],
    ["of more rows than anybody can count", batch("INSERT 1000000000000", "{}", "null")],
    ["of columns without their values", batch("INSERT 1", '{"id":null}', "null")],
    ["of a column that was left as it is nowhere", batch("UPDATE 1", '{"id":[1]}', '{"id":[1],"n":null}')],
    ["by columns without its old rows", batch("UPDATE 1", '{"id":[1]}', "null")],
    ["by columns now, by rows before", batch("UPDATE 1", '{"id":[1]}', '[{"id":1}]')],
    ["by rows now, by columns before", batch("UPDATE 1", '[{"id":1}]', '{"id":[1]}')],
    ["of a column twice", batch("INSERT 1", '{"id":[1],"id":[2]}', "null")],
    ["with a value that cannot be read", batch("DELETE 1", "null", `{"doc":[${nested(1_001)}]}`)],
    ["by columns, with bytes that were not UTF-8", batch("INSERT 1", '{"name":["\ufffd"]}', "null")],
    ["of another kind", batch("MERGE 1", '[{"id":1}]', "null")],
  ])("I9. %s is a flush of its table", (_, odd) => {
    expect(pageOf(odd, READABLE)).toMatchObject({
      everything: false,
      changes: [{ kind: "flush", relation: "public.odd" }, { relation: "public.plain" }],
      lags: [10, 10],
    });
  });
});

it("I5. an answer that is no page proves nothing", () => {
  for (const text of ["", "[]", "{", JSON.stringify(PAGE), '{"changes":[]}']) {
    expect(() => parsePage(text)).toThrow(expect.objectContaining({ code: "pull" }));
  }
});
