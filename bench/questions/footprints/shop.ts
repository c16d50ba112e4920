import type { Declared, Footprint } from "../../../src/postgrest/footprint/footprint.ts";
import { footprintOf } from "../../../src/postgrest/footprint/footprint-of.ts";
import { parseQuery } from "../../../src/postgrest/query/parse.ts";
import type { Change } from "../../../src/postgrest/row/change.ts";
import type { Schema } from "../../../src/postgrest/schema/schema.ts";
import { tableOf } from "../../../testing/relations.ts";

const key = (from: string, relation: string) => ({
  name: `${from}_fkey`,
  columns: [from],
  relation: `public.${relation}`,
  referenced: ["id"],
});

export const schema: Schema = new Map([
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
export const vouched: Declared = { tables: new Set(schema.keys()), dependsOn: new Map() };

/** Shapes with a number in place of n; about ten queries of each kind share one row. */
export const SHAPES: readonly ((n: number) => readonly [string, string])[] = [
  (n) => ["items", `id=eq.${n}`],
  (n) => ["items", `select=id,title,price&id=eq.${n}`],
  (n) => ["items", `select=*,reviews(*)&id=eq.${n}`],
  (n) => ["items", `shop_id=eq.${n}&state=eq.open&order=at.desc,id.desc&limit=20`],
  (n) => ["items", `shop_id=in.(${n},${n + 1},${n + 2})`],
  (n) => ["reviews", `item_id=eq.${n}&order=id`],
  (n) => ["reviews", `select=stars.avg(),count()&item_id=eq.${n}`],
  (n) => ["shops", `select=name,items(id,title)&id=eq.${n}`],
  (n) => ["items", `title=eq.thing%20${n}&stock=gt.0`],
  // Without an equality, each is judged on every change of its relation.
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
      vouched,
      schema,
    );
    if ("footprint" in result) made.push(result.footprint);
  }
  return made;
}

export function changeOf(n: number): Change {
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

export function storedFootprints(count: number): readonly string[] {
  return footprints(count).map((footprint) => JSON.stringify(footprint));
}
