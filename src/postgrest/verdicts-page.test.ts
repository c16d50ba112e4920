import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openPglite } from "../../testing/pglite.ts";
import {
  changeFromWebhook,
  type Declared,
  explain,
  footprintOf,
  parseQuery,
  type Window,
  windowOf,
} from "./postgrest.ts";
import { describedBy } from "./testing/described.ts";

const page = readFileSync(new URL("../../docs/design/verdicts.md", import.meta.url), "utf8");

function blocksOf(language: string): readonly string[] {
  const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  return blocks.filter(([, found]) => found === language).map(([, , code = ""]) => code);
}

interface Judged {
  readonly change: object;
  readonly verdict: string;
}

test("I7. the example in docs/design/verdicts.md matches the code", async () => {
  const [sql = ""] = blocksOf("sql");
  const [request = ""] = blocksOf("http");
  const [printed = "", body = "", window = "", changes = ""] = blocksOf("json");
  const database = await openPglite();
  await database.exec(sql);
  const schema = await describedBy(database);
  await database.close();

  const [, relation = "", search = ""] = /^GET \/rest\/v1\/(\w+)\?(\S+)$/m.exec(request) ?? [];
  const declared: Declared = { tables: new Set(schema.keys()), dependsOn: new Map() };
  const read = { schema: "public", relation, search };
  const result = footprintOf(read, parseQuery(relation, search), declared, schema);
  if ("bypass" in result) throw new Error(result.bypass);
  const { footprint } = result;
  expect({ ...footprint, shape: JSON.parse(footprint.shape) }).toEqual(JSON.parse(printed));

  const shown = windowOf(footprint, body) as Window;
  expect(shown).toEqual(JSON.parse(window));

  const judged = JSON.parse(changes) as readonly Judged[];
  const verdicts = judged.map(({ change }) => {
    return explain(footprint, changeFromWebhook(JSON.stringify(change)), shown);
  });
  expect(verdicts).toEqual(judged.map(({ verdict }) => verdict));
  expect(verdicts.map((verdict) => verdict.slice(-4))).toEqual(["(V1)", "(V2)", "(V3)", "(V4)"]);
  // What the text says of the third.
  const third = changeFromWebhook(JSON.stringify(judged[2]?.change));
  expect(explain(footprint, third)).toContain("(V4)");
});
