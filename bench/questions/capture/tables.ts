import type { Sql } from "postgres";
import { captureSql } from "../../../src/capture/capture-sql.ts";

/** Two equal tables, of which capture watches one. */
export type Table = "plain" | "watched";

export const BULK_ROWS = 10_000;

let lastId = 1_000_000;

/** Reserves `count` unused ids, and returns the first. */
export function newIds(count: number): number {
  const first = lastId;
  lastId += count;
  return first;
}

export async function createTables(sql: Sql): Promise<void> {
  for (const table of ["plain", "watched"] as const) {
    await sql.unsafe(`
      create table ${table} (id bigint primary key, author_id int not null, title text not null, body text not null,
        price numeric(10, 2) not null, published_at timestamptz not null);
      create index on ${table} (author_id);
      insert into ${table} select n, n % 100, 'Title ' || n, repeat('lorem ipsum ', 16), n / 7.0, now()
        from generate_series(1, ${BULK_ROWS}) n;
      analyze ${table};`);
  }
  await sql.unsafe(captureSql({ tables: [{ relation: "public.watched" }], secretHash: [] })).simple();
}
