import type { Sql } from "postgres";
import type { Postgres } from "../../../testing/postgres.ts";
import { quantile } from "../../harness/quantile.ts";
import { BULK_ROWS } from "./tables.ts";

const OUTBOX_ROWS = 300_000;

export interface Pull {
  readonly what: string;
  readonly milliseconds: number;
}

/** Pulls of the last rows of a large outbox, while a forgotten transaction stays open. */
export async function measurePulls(server: Postgres, sql: Sql): Promise<Pull[]> {
  const forgotten = server.sql({ max: 1 });
  await forgotten`begin`;
  await forgotten`select pg_current_xact_id()`;
  // One statement for each: several rows of one would share a row of the outbox.
  await sql`truncate tidemark.outbox`;
  const single = (count: number) =>
    sql.unsafe(`do $$ begin for n in 0 .. ${count - 1} loop
      update watched set price = price + 1 where id = n % ${BULK_ROWS} + 1;
      if n % 100 = 99 then commit; end if; end loop; end $$`);
  await single(OUTBOX_ROWS);
  await sql`analyze tidemark.outbox`;
  const pulls: Pull[] = [];
  for (const rows of [0, 100, 1_000]) {
    const [cursor] = await sql<[{ now: string }]>`select pg_current_snapshot()::text as now`;
    await single(rows);
    const times: number[] = [];
    for (let n = 0; n < 30; n += 1) {
      const start = performance.now();
      const [{ count }] = await sql<[{ count: number }]>`
        select json_array_length(tidemark.changes(${cursor.now}::pg_snapshot, null, 0, 1000) -> 'changes') as count`;
      if (count !== rows) throw new Error(`${count} changes instead of ${rows}`);
      times.push(performance.now() - start);
    }
    pulls.push({ what: `${rows} changes`, milliseconds: quantile(times, 0.5) });
  }
  pulls.push(await pullOfStatement(sql));
  await forgotten`rollback`;
  return pulls;
}

/** All pages of what one statement has changed. */
async function pullOfStatement(sql: Sql): Promise<Pull> {
  const [cursor] = await sql<[{ now: string }]>`select pg_current_snapshot()::text as now`;
  await sql`update watched set price = price + 1 where id <= ${BULK_ROWS}`;
  const times: number[] = [];
  for (let n = 0; n < 30; n += 1) {
    const start = performance.now();
    let [after, more, upto, rows] = [0, true, null as string | null, 0];
    while (more) {
      const [{ page }] = await sql<[{ page: Page }]>`
        select tidemark.changes(${cursor.now}::pg_snapshot, ${upto}::pg_snapshot, ${after}, 2000) as page`;
      rows += page.changes.reduce((sum, { type }) => sum + Number(type.split(" ")[1]), 0);
      [upto, after, more] = [page.snapshot, page.last, page.more];
    }
    if (rows !== BULK_ROWS) throw new Error(`${rows} rows instead of ${BULK_ROWS}`);
    times.push(performance.now() - start);
  }
  return { what: `${BULK_ROWS} changes of one statement`, milliseconds: quantile(times, 0.5) };
}

interface Page {
  readonly snapshot: string;
  readonly changes: readonly { readonly type: string }[];
  readonly last: number;
  readonly more: boolean;
}

export function pullsTable(pulls: readonly Pull[]): string {
  const rows = pulls.map(({ what, milliseconds }) => `| ${what} | ${milliseconds.toFixed(1)} |`);
  return [
    `A pull from an outbox of ${OUTBOX_ROWS} rows, with a transaction open that is older than all of them:`,
    "",
    "| what | median, ms |",
    "| --- | ---: |",
    ...rows,
  ].join("\n");
}
