/**
 * What the footprint index costs: `node --expose-gc bench/footprints.ts`.
 *
 * Registers 1k, 10k and 100k queries of a shop's mixed shapes, and decides changes that each affect about ten of
 * them. Prints the time of a change (median, p99), the heap a query takes, and how long waking up from stored
 * footprints takes. Unflattering on purpose: a tenth of the queries has no equality to be found by.
 */

import type { Declared, Footprint } from "../src/postgrest/footprint/footprint.ts";
import { footprintOf } from "../src/postgrest/footprint/footprint-of.ts";
import { FootprintIndex } from "../src/postgrest/index/footprint-index.ts";
import { parseQuery } from "../src/postgrest/query/parse.ts";
import type { Change } from "../src/postgrest/row/change.ts";
import type { Schema } from "../src/postgrest/schema/schema.ts";
import { windowOf } from "../src/postgrest/verdict/window.ts";
import { tableOf } from "./relations.ts";

const key = (from: string, relation: string) => ({
  name: `${from}_fkey`,
  columns: [from],
  relation: `public.${relation}`,
  referenced: ["id"],
});

const schema: Schema = new Map([
  ["public.shops", tableOf({ id: "int8", name: "text", city: "text" })],
  [
    "public.items",
    tableOf(
      {
        id: "int8",
        shop_id: "int8",
        title: "text",
        price: "numeric",
        stock: "int4",
        state: "text",
        at: "timestamptz",
      },
      { foreignKeys: [key("shop_id", "shops")] },
    ),
  ],
  [
    "public.reviews",
    tableOf(
      { id: "uuid", item_id: "int8", stars: "int2", body: "text" },
      { foreignKeys: [key("item_id", "items")] },
    ),
  ],
]);
const declared: Declared = { tables: new Set(schema.keys()), dependsOn: new Map() };

/** Shapes with a number in place of n; about ten queries of each kind share one row. */
const SHAPES: readonly ((n: number) => readonly [string, string])[] = [
  (n) => ["items", `id=eq.${n}`],
  (n) => ["items", `select=id,title,price&id=eq.${n}`],
  (n) => ["items", `select=*,reviews(*)&id=eq.${n}`],
  (n) => ["items", `shop_id=eq.${n}&state=eq.open&order=at.desc,id.desc&limit=20`],
  (n) => ["items", `shop_id=in.(${n},${n + 1},${n + 2})`],
  (n) => ["reviews", `item_id=eq.${n}&order=id`],
  (n) => ["reviews", `select=stars.avg(),count()&item_id=eq.${n}`],
  (n) => ["shops", `select=name,items(id,title)&id=eq.${n}`],
  (n) => ["items", `title=eq.thing%20${n}&stock=gt.0`],
  // No equality: judged one by one, on the changes of one relation.
  (n) => ["shops", `id=gt.${1_000_000_000 + n}`],
];

function footprints(count: number): Footprint[] {
  const made: Footprint[] = [];
  for (let number = 0; number < count; number += 1) {
    const shape = SHAPES[number % SHAPES.length];
    const [relation, search] = shape?.(Math.floor(number / SHAPES.length)) ?? ["items", ""];
    const result = footprintOf(
      { schema: "public", relation, search },
      parseQuery(relation, search),
      declared,
      schema,
    );
    if ("footprint" in result) made.push(result.footprint);
  }
  return made;
}

function changeOf(n: number): Change {
  const row = (price: string) => ({
    id: String(n),
    shop_id: String(n),
    title: JSON.stringify(`thing ${n}`),
    price,
    stock: "3",
    state: '"open"',
    at: '"2026-01-01T00:00:00+00:00"',
  });
  return {
    kind: "row",
    operation: "UPDATE",
    relation: "public.items",
    old: row("1.00"),
    record: row("2.00"),
  };
}

function storedFootprints(count: number): readonly string[] {
  return footprints(count).map((footprint) => JSON.stringify(footprint));
}

const heap = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

console.log("| registered | affected | median | p99 | heap a query | add all | wake up |");
console.log("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const count of [1_000, 10_000, 100_000]) {
  const stored = storedFootprints(count);
  // What the making left on the stack must not count as freed by the index.
  await new Promise((resolve) => setTimeout(resolve, 10));
  const before = heap();
  const wakeStart = performance.now();
  const index = new FootprintIndex({ maxWindowBytes: 2 ** 30 });
  for (const [id, text] of stored.entries()) index.add(id, JSON.parse(text) as Footprint);
  const wake = performance.now() - wakeStart;
  const bytes = (heap() - before) / count;
  const parsed = stored.map((text) => JSON.parse(text) as Footprint);
  const addStart = performance.now();
  const again = new FootprintIndex({ maxWindowBytes: 2 ** 30 });
  for (const [id, footprint] of parsed.entries()) again.add(id, footprint);
  const add = performance.now() - addStart;
  const times: number[] = [];
  let affected = 0;
  for (let round = 0; round < 4_000; round += 1) {
    const change = changeOf(3 + ((round * 7919) % (count / SHAPES.length - 3)));
    const start = performance.now();
    const ids = [...index.affected(change)];
    times.push((performance.now() - start) * 1_000);
    affected += ids.length;
  }
  const sorted = times.slice(1_000).sort((a, b) => a - b);
  const figures = [
    count,
    (affected / times.length).toFixed(1),
    `${percentile(sorted, 0.5).toFixed(1)} µs`,
    `${percentile(sorted, 0.99).toFixed(1)} µs`,
    `${bytes.toFixed(0)} B`,
    `${add.toFixed(0)} ms`,
    `${wake.toFixed(0)} ms`,
  ];
  console.log(`| ${figures.join(" | ")} |`);
}

// What the answers showed comes on top: pages of 20 rows, each with an embed's keys.
{
  const search = (n: number) => `select=id,title,reviews(id)&price=gt.${n}&order=at.desc,id.desc&limit=20`;
  const read = (n: number) => ({ schema: "public", relation: "items", search: search(n) });
  const count = 5_000;
  const index = new FootprintIndex({ maxWindowBytes: 2 ** 30 });
  const made = Array.from({ length: count }, (_, n) =>
    footprintOf(read(n), parseQuery("items", search(n)), declared, schema),
  );
  for (const [id, result] of made.entries()) if ("footprint" in result) index.add(id, result.footprint);
  await new Promise((resolve) => setTimeout(resolve, 10));
  const before = heap();
  const times: number[] = [];
  for (const [id, result] of made.entries()) {
    if (!("footprint" in result)) continue;
    const rows = Array.from({ length: 20 }, (_, n) => ({
      id: id * 20 + n,
      title: "x".repeat(500),
      reviews: [],
    }));
    const body = JSON.stringify(rows);
    const start = performance.now();
    const window = windowOf(result.footprint, body);
    times.push((performance.now() - start) * 1_000);
    if (window !== undefined) index.setWindow(id, window);
  }
  const bytes = (heap() - before) / count;
  const sorted = times.sort((a, b) => a - b);
  console.log(
    `\na window of 20 rows: ${bytes.toFixed(0)} B of heap (${(index.windowBytes / count).toFixed(0)} B by the index's own account); read from a body of 11 KB in ${percentile(sorted, 0.5).toFixed(0)} µs (median)`,
  );
  if (index.size !== count) throw new Error("some queries have no footprint");
}

// The worst that strangers can do: every query a shape of its own.
{
  const count = 5_000;
  const stored = Array.from({ length: count }, (_, n) => {
    const search = `select=id,a${n}:title&shop_id=eq.${n}`;
    const result = footprintOf(
      { schema: "public", relation: "items", search },
      parseQuery("items", search),
      declared,
      schema,
    );
    return "footprint" in result ? JSON.stringify(result.footprint) : "";
  });
  // An alias is not part of a shape unless it shows a key or a sort column; so sort by it.
  const sorted = stored.map((text, n) => text.replaceAll("title", `title${n}`));
  await new Promise((resolve) => setTimeout(resolve, 10));
  const before = heap();
  const index = new FootprintIndex({ maxWindowBytes: 2 ** 30 });
  for (const [id, text] of sorted.entries()) index.add(id, JSON.parse(text) as Footprint);
  const bytes = (heap() - before) / count;
  const times: number[] = [];
  for (let round = 0; round < 300; round += 1) {
    const start = performance.now();
    const ids = [...index.affected(changeOf(round))];
    times.push((performance.now() - start) * 1_000);
    if (ids.length > 1) throw new Error("too many are affected");
  }
  const median = percentile(
    times.sort((a, b) => a - b),
    0.5,
  );
  console.log(
    `\n${index.shapes} shapes of one query each: ${bytes.toFixed(0)} B of heap, ${median.toFixed(0)} µs a change (median)`,
  );
}
