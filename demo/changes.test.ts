import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Supabase, startSupabase } from "./supabase.ts";

let supabase: Supabase;
const payloads: string[] = [];
beforeAll(async () => {
  supabase = await startSupabase();
  supabase.onChange((_payload, text) => payloads.push(text));
});
afterAll(() => supabase.stop());
beforeEach(() => {
  payloads.length = 0;
});

const row = (exact: string) =>
  `"at": null, "id": 99, "big": 9007199254740993, "day": null, "raw": null, "uid": null, "code": null, "data": null, "flag": null, "span": null, "at_tz": null, "bytes": null, "exact": ${exact}, "label": "żółć \\"🎈\\"", "small": null, "whole": null, "words": null, "during": null, "period": null, "search": null, "numbers": null, "approximate": null`;

test("insert, update and delete each give the payload of a Database Webhook, digits and all", async () => {
  await supabase.db.query(
    `insert into samples (id, big, exact, label) values (99, 9007199254740993, 1.00, 'żółć "🎈"')`,
  );
  await supabase.db.query("update samples set exact = 1.50 where id = 99");
  await supabase.db.query("delete from samples where id = 99");
  const common = '"table": "samples"';
  expect(payloads).toEqual([
    `{"type": "INSERT", ${common}, "record": {${row("1.00")}}, "schema": "public", "old_record": null}`,
    `{"type": "UPDATE", ${common}, "record": {${row("1.50")}}, "schema": "public", "old_record": {${row("1.00")}}}`,
    `{"type": "DELETE", ${common}, "record": null, "schema": "public", "old_record": {${row("1.50")}}}`,
  ]);
});

test("a write through the API gives one payload a row, and a row over NOTIFY's 8,000 bytes fits", async () => {
  const response = await fetch(`${supabase.url}/rest/v1/articles?id=in.(1,2,3)`, {
    method: "PATCH",
    headers: { apikey: supabase.secretKey, "content-type": "application/json" },
    body: JSON.stringify({ body: "x".repeat(100_000) }),
  });
  expect(response.status).toBe(204);
  expect(payloads.map((text) => JSON.parse(text).record.id)).toEqual([1, 2, 3]);
  expect(payloads.every((text) => text.length > 100_000)).toBe(true);
});

test("a rollback delivers nothing, and leaves nothing in the queue", async () => {
  await supabase.db.exec("begin; update tags set name = name || '!'; rollback;");
  expect(payloads).toEqual([]);
  expect(await supabase.db.query("select count(*)::int as waiting from webhooks.queue")).toEqual([
    { waiting: 0 },
  ]);
});

test("rows of a cascade and of the second schema are delivered, too", async () => {
  await supabase.db.query("delete from articles where id = 7");
  await supabase.db.query("update archive.articles set title = 'x' where id = 1");
  const told = payloads
    .map((text) => JSON.parse(text))
    .map(({ type, schema, table }) => `${type} ${schema}.${table}`);
  expect(new Set(told)).toEqual(
    new Set([
      "DELETE public.articles",
      "DELETE public.article_tags",
      "DELETE public.comments",
      "UPDATE archive.articles",
    ]),
  );
});

test("a table of a test's own is watched on request", async () => {
  await supabase.db.exec("create table scraps (id int primary key); select webhooks.watch('scraps')");
  await supabase.db.query("insert into scraps values (1)");
  expect(payloads).toEqual([
    '{"type": "INSERT", "table": "scraps", "record": {"id": 1}, "schema": "public", "old_record": null}',
  ]);
});
