import { pipeline } from "node:stream/promises";
import type { Sql } from "postgres";
import { BULK_ROWS, newIds, type Table } from "./tables.ts";

const SINGLE_STATEMENTS = 200;
export const WRITERS = 8;

export interface Case {
  readonly name: string;
  readonly target?: number;
  /** Which ratio counts: a statement of many rows works, one of a single row waits for the disk, as its writer does. */
  readonly judgedBy: "time" | "CPU";
  /** Statements in a slice: the divisor of the added time. */
  readonly statements: number;
  /** Not part of the time. */
  readonly prepare?: (table: Table) => Promise<unknown>;
  readonly run: (table: Table) => Promise<unknown>;
}

export function singleRow(sql: Sql): Case[] {
  const each = (statement: (table: Table, n: number) => Promise<unknown>) => async (table: Table) => {
    for (let n = 1; n <= SINGLE_STATEMENTS; n += 1) await statement(table, n);
  };
  const insert = (table: Table) =>
    sql`insert into ${sql(table)} values (${newIds(1)}, 7, 'Title', ${"lorem ipsum ".repeat(16)}, 1.5, now())`;
  const rest = { target: 1.2, judgedBy: "time" as const, statements: SINGLE_STATEMENTS };
  return [
    { name: "INSERT of one row", run: each(insert), ...rest },
    {
      name: "UPDATE of one row",
      run: each((table, n) => sql`update ${sql(table)} set price = price + 1 where id = ${n}`),
      ...rest,
    },
    {
      name: "DELETE of one row",
      prepare: (
        table,
      ) => sql`insert into ${sql(table)} select -n, 7, 'Title', repeat('lorem ipsum ', 16), 1.5, now()
        from generate_series(1, ${SINGLE_STATEMENTS}) n`,
      run: each((table, n) => sql`delete from ${sql(table)} where id = ${-n}`),
      ...rest,
    },
  ];
}

export function manyWriters(sql: Sql): Case[] {
  return [
    {
      name: `UPDATE of one row, ${WRITERS} writers`,
      target: 1.2,
      judgedBy: "time",
      statements: SINGLE_STATEMENTS * 4,
      run: (table) =>
        Promise.all(
          Array.from({ length: WRITERS }, async (_, writer) => {
            for (let n = 1; n <= (SINGLE_STATEMENTS * 4) / WRITERS; n += 1)
              await sql`update ${sql(table)} set price = price + 1 where id = ${writer * 1_000 + n}`;
          }),
        ),
    },
  ];
}

export function bulk(sql: Sql): Case[] {
  const rest = { target: 1.6, judgedBy: "CPU" as const, statements: 1 };
  const rows = (from: number, count: number) =>
    sql`select n, n % 100, 'Title ' || n, repeat('lorem ipsum ', 16), n / 7.0, now()
      from generate_series(${from}::int, ${from + count - 1}::int) n`;
  return [
    {
      name: `INSERT of ${BULK_ROWS} rows`,
      prepare: (table) => sql`delete from ${sql(table)} where id between 2000000 and 2999999`,
      run: (table) => sql`insert into ${sql(table)} ${rows(2_000_000, BULK_ROWS)}`,
      ...rest,
    },
    {
      name: `UPDATE of ${BULK_ROWS} rows`,
      run: (table) => sql`update ${sql(table)} set price = price + 1 where id <= ${BULK_ROWS}`,
      ...rest,
    },
    {
      name: `DELETE of ${BULK_ROWS} rows`,
      prepare: async (table) => {
        await sql`delete from ${sql(table)} where id between 3000000 and 3999999`;
        await sql`insert into ${sql(table)} ${rows(3_000_000, BULK_ROWS)}`;
      },
      run: (table) => sql`delete from ${sql(table)} where id between 3000000 and 3999999`,
      ...rest,
    },
    {
      name: `COPY of ${BULK_ROWS} rows`,
      prepare: (table) => sql`delete from ${sql(table)} where id between 4000000 and 4999999`,
      run: async (table) => {
        const lines = Array.from({ length: BULK_ROWS }, (_, n) =>
          [4_000_000 + n, n % 100, `Title ${n}`, "lorem ipsum ".repeat(16), n / 8, "2026-11-28"].join("\t"),
        );
        await pipeline([`${lines.join("\n")}\n`], await sql`copy ${sql(table)} from stdin`.writable());
      },
      ...rest,
    },
    {
      name: "INSERT of 500 rows",
      prepare: (table) => sql`delete from ${sql(table)} where id between 5000000 and 5999999`,
      run: (table) => sql`insert into ${sql(table)} ${rows(5_000_000, 500)}`,
      judgedBy: "CPU",
      statements: 1,
    },
    {
      name: "UPDATE of 500 rows",
      run: (table) => sql`update ${sql(table)} set price = price + 1 where id <= 500`,
      judgedBy: "CPU",
      statements: 1,
    },
    {
      name: "DELETE of 500 rows",
      prepare: async (table) => {
        await sql`delete from ${sql(table)} where id between 6000000 and 6999999`;
        await sql`insert into ${sql(table)} ${rows(6_000_000, 500)}`;
      },
      run: (table) => sql`delete from ${sql(table)} where id between 6000000 and 6999999`,
      judgedBy: "CPU",
      statements: 1,
    },
  ];
}
