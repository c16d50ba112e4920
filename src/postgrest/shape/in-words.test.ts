import { expect, test } from "vitest";
import { footprintOf } from "../footprint/footprint-of.ts";
import { parseQuery } from "../query/parse.ts";
import { parseSchema } from "../schema/parse-schema.ts";
import { footprintInWords } from "./in-words.ts";

const column = (type: string, notNull = false) => ({
  ...{ type, family: "base", notNull, plainCollation: true, exact: true, generated: "no" },
});

const relation = {
  kind: "table",
  columns: { id: column("int8", true), title: column("text"), views: column("int4") },
  keys: [["id"]],
  ...{ foreignKeys: [], descendants: [], ancestors: [], computed: {}, reads: null },
};

const schema = parseSchema(JSON.stringify({ "public.articles": relation }), { bounds: false } as never);
const declared = { dependsOn: new Map(), tables: new Set(["public.articles"]) };

function wordsOf(search: string, described: typeof schema | undefined = schema): string {
  const result = footprintOf(
    { schema: "public", relation: "articles", search },
    parseQuery("articles", search),
    declared,
    described,
  );
  if ("bypass" in result) throw new Error(result.bypass);
  return footprintInWords(result.footprint);
}

test.each([
  ["select=id,title&id=eq.5", "public.articles where id = 5 (columns id, title)"],
  ["select=id&views=gte.10&or=(title.eq.a,id.in.(1,2))", "views ≥ 10"],
  ["select=id&not.and=(id.eq.1,title.is.null)", "not (id = 1 and title is null)"],
  ["select=id,title&order=title.desc,id&limit=10&offset=20", "the first 10 from 20 by title descending, id"],
])("%s", (search, words) => {
  expect(wordsOf(search)).toContain(words);
});

test("without a schema, which columns matter is not known", () => {
  expect(wordsOf("select=id&id=eq.5", undefined)).toContain("public.articles");
});

test("a long list of values is cut off", () => {
  const values = Array.from({ length: 5_000 }, (_, n) => n).join(",");
  const words = wordsOf(`select=id&id=in.(${values})`);
  expect(words).toContain("id in (0, 1, 2");
  expect(words.length).toBeLessThan(700);
});
