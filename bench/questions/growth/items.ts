import type { CacheableRead } from "../../../src/keeper/protocol/entry.ts";
import type { Declared } from "../../../src/postgrest/footprint/footprint.ts";
import { footprintOf } from "../../../src/postgrest/footprint/footprint-of.ts";
import { parseQuery } from "../../../src/postgrest/query/parse.ts";
import type { Read } from "../../../src/postgrest/query/read.ts";
import type { Change } from "../../../src/postgrest/row/change.ts";
import type { Schema } from "../../../src/postgrest/schema/schema.ts";
import { tableOf } from "../../../testing/relations.ts";

/** A table of items in lists: what grows here is the number of its queries. */
export const SCHEMA: Schema = new Map([
  ["public.items", tableOf({ id: "int8", list_id: "int8", title: "text", price: "int4" })],
]);
const DECLARED: Declared = { tables: new Set(SCHEMA.keys()), dependsOn: new Map() };

/** Half of the queries are pages, half are short lists of two neighbours. */
export function readOf(number: number): CacheableRead {
  const id = number >> 1;
  const search =
    number % 2 === 0
      ? `select=id,title,price&id=eq.${id}`
      : `select=id,title,price&list_id=in.(${id},${id + 1})&order=price.asc,id.asc&limit=20`;
  const path = `/rest/v1/items?${search}`;
  return {
    ...{ key: path, path, headers: { accept: "application/json" }, audience: "publishable" },
    relation: "public.items",
    asked: { schema: "public", relation: "items", search },
  };
}

/** The rows. The origin's answers and the changes must match. */
export class Items {
  readonly #prices = new Map<number, number>();

  /** One row; touches its page, and the two lists that it is in. */
  change(id: number): Change {
    const before = this.#priceOf(id);
    this.#prices.set(id, before + 1);
    const row = (price: number) => ({
      id: String(id),
      list_id: String(id),
      title: JSON.stringify(`item ${id}`),
      price: String(price),
    });
    return {
      ...{ kind: "row", operation: "UPDATE", relation: "public.items" },
      old: row(before),
      record: row(before + 1),
    };
  }

  /** What the origin answers. */
  answer({ path }: CacheableRead): typeof ANSWER {
    const ids = (/(?:eq\.|in\.\()([\d,]+)/.exec(path)?.[1] ?? "").split(",").map(Number);
    const rows = ids
      .map((id) => ({ id, title: `item ${id}`, price: this.#priceOf(id) }))
      .sort((a, b) => a.price - b.price || a.id - b.id);
    const text = JSON.stringify(rows);
    return { body: new TextEncoder().encode(text).buffer as ArrayBuffer, etag: JSON.stringify(text) };
  }

  #priceOf(id: number): number {
    return this.#prices.get(id) ?? 100;
  }
}

export const FOOTPRINTS = {
  version: "items",
  of: (asked: Read) => footprintOf(asked, parseQuery(asked.relation, asked.search), DECLARED, SCHEMA),
  needs: () => ({ paths: [], relations: [...SCHEMA.keys()] }),
  concerns: () => true,
  keyColumns: () => null,
  called: () => null,
};

const BODY = new TextEncoder().encode(
  JSON.stringify(Array.from({ length: 20 }, (_, id) => ({ id, title: `item ${id}`, price: id }))),
).buffer as ArrayBuffer;

/** An answer of about a kilobyte, where nothing ever changes. */
export const ANSWER = { body: BODY, etag: '"bench"' };
