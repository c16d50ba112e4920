import { describe, expect, test } from "vitest";
import { ChangeSyntaxError, changeFromWebhook, flushFromJson, keptMember } from "./change.ts";

const payload = (type: string, record: string, old: string) =>
  `{"type": "${type}", "table": "todos", "schema": "public", "record": ${record}, "old_record": ${old}}`;

describe("a webhook's payload becomes a change without loss", () => {
  test("numbers keep every digit, texts their escapes, nested values their source", () => {
    const change = changeFromWebhook(
      payload(
        "UPDATE",
        '{"id": 9007199254740993, "price":1.00 ,"t":"a\\"\\u00e9,}", "j": {"b": [1, "]"]}}',
        '{"id":1}',
      ),
    );
    expect(change).toEqual({
      kind: "row",
      operation: "UPDATE",
      relation: "public.todos",
      record: Object.assign(Object.create(null), {
        id: "9007199254740993",
        price: "1.00",
        t: '"a\\"\\u00e9,}"',
        j: '{"b": [1, "]"]}',
      }),
      old: Object.assign(Object.create(null), { id: "1" }),
    });
  });

  test("columns named like Object's own are columns", () => {
    const change = changeFromWebhook(
      payload("INSERT", '{"__proto__": {"x": 1}, "constructor": 2, "a\\u0062": 3}', "null"),
    );
    const record = change.kind === "row" ? change.record : undefined;
    expect(Object.keys(record ?? {})).toEqual(["__proto__", "constructor", "ab"]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test("a column that the new row calls unchanged without its value is known by its name", () => {
    const change = changeFromWebhook(payload("UPDATE", '{"id": 1, "": ["body","a\\"b"]}', '{"id": 1}'));
    const record = change.kind === "row" ? change.record : undefined;
    expect(record?.[keptMember("body")]).toBeDefined();
    expect(record?.[keptMember('a"b')]).toBeDefined();
    expect(record?.[keptMember("id")]).toBeUndefined();
  });

  test("a TRUNCATE is a flush; an UPDATE may lack its old row", () => {
    expect(changeFromWebhook(payload("TRUNCATE", "null", "null"))).toEqual({
      kind: "flush",
      relation: "public.todos",
    });
    expect(changeFromWebhook(payload("UPDATE", "{}", "null"))).not.toHaveProperty("old");
  });

  test.each([
    ["", "not-json"],
    ["{", "not-json"],
    ["[]", "not-an-object"],
    ["null", "not-an-object"],
    [payload("INSERT", "null", "null"), "wrong-shape"],
    [payload("INSERT", "[1]", "null"), "wrong-shape"],
    [payload("DELETE", "{}", "null"), "wrong-shape"],
    [payload("UPDATE", '"x"', "{}"), "wrong-shape"],
    [payload("MERGE", "{}", "{}"), "unknown-type"],
    ['{"type":"INSERT","table":1,"schema":"public","record":{}}', "wrong-shape"],
    [payload("INSERT", `{"j":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "null"), "too-deep"],
    [payload("INSERT", '{"a":1,"a":2}', "null"), "wrong-shape"],
    [payload("INSERT", '{"a":"\ufffd"}', "null"), "wrong-shape"],
  ])("%.60s → %s", (text, code) => {
    let caught: unknown;
    try {
      changeFromWebhook(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(ChangeSyntaxError);
    expect(caught).toMatchObject({ code });
  });

  test("a change that cannot be read still names its table, or nothing", () => {
    expect(flushFromJson(payload("MERGE", "[1]", "7"))).toEqual({ kind: "flush", relation: "public.todos" });
    for (const text of ["{}", "[]", "null", '{"schema":"public","table":""}', '{"table":"todos"}']) {
      expect(flushFromJson(text)).toBeUndefined();
    }
  });
});
