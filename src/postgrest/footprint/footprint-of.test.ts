import { describe, expect, test } from "vitest";
import { FootprintIndex } from "../index/footprint-index.ts";
import { parseQuery } from "../query/parse.ts";
import type { Declared } from "./footprint.ts";
import { footprintOf } from "./footprint-of.ts";

const declared: Declared = {
  tables: new Set(["public.todos", "public.users", "public.tags"]),
  dependsOn: new Map([
    ["public.todos", ["public.todo_tags"]],
    ["public.todo_tags", ["public.audit"]],
    ["public.users", []],
  ]),
};

const relations = (relation: string, search: string) => {
  const read = { schema: "public", relation, search };
  const result = footprintOf(read, parseQuery(relation, search), declared);
  return "footprint" in result ? result.footprint.relations : result.bypass;
};

describe("without a schema description the configuration declares the closure", () => {
  test("a plain query depends on its relation and that relation's dependencies", () => {
    expect(relations("tags", "id=eq.1")).toEqual(["public.tags"]);
    expect(relations("todos", "id=eq.1")).toEqual(["public.audit", "public.todo_tags", "public.todos"]);
  });

  test("embeds are known if the root's dependencies and each name are declared", () => {
    expect(relations("users", "select=*,mine:todos(*,tags(*))")).toEqual([
      "public.audit",
      "public.tags",
      "public.todo_tags",
      "public.todos",
      "public.users",
    ]);
    expect(relations("todos", "select=*,todo_tags(*)")).toContain("public.todo_tags");
  });

  test("all other embeds are unknown", () => {
    expect(relations("tags", "select=*,users(*)")).toBe("unknown-embed");
    expect(relations("users", "select=*,owner_id(*)")).toBe("unknown-embed");
    expect(relations("users", "select=*,todos(*,secrets(*))")).toBe("unknown-embed");
  });
});

test("I7. a flush and any change of a relation of the closure affect the query until it is deleted", () => {
  const index = new FootprintIndex();
  const read = { schema: "public", relation: "todos", search: "" };
  const result = footprintOf(read, parseQuery("todos", ""), declared);
  if (!("footprint" in result)) throw new Error("no footprint");
  index.add(7, result.footprint);
  expect(index.size).toBe(1);
  expect([...index.affected({ kind: "flush", relation: "public.audit" })]).toEqual([7]);
  expect([...index.affected({ kind: "flush", relation: "public.users" })]).toEqual([]);
  index.delete(7);
  expect([...index.affected({ kind: "flush", relation: "public.todos" })]).toEqual([]);
});
