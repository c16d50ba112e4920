import type { Sql } from "postgres";
import type { Postgres } from "../../../testing/postgres.ts";
import { quantile } from "../../harness/quantile.ts";

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
  for (let n = 0; n < OUTBOX_ROWS / 500; n += 1)
    await sql`update watched set price = price + 1 where id <= 500`;
  await sql`analyze tidemark.outbox`;
  const pulls: Pull[] = [];
  for (const rows of [0, 100, 1_000]) {
    const [cursor] = await sql<[{ now: string }]>`select pg_current_snapshot()::text as now`;
    for (let n = 0; n < rows; n += 100) await sql`update watched set price = price + 1 where id <= 100`;
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
  await forgotten`rollback`;
  return pulls;
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
