import type { Sql } from "postgres";
import { cpuMsOf } from "../../harness/load/cpu.ts";
import { quantile } from "../../harness/quantile.ts";
import { FLOOR, FLOOR_EVENTS, type FloorEvent, type Step } from "./floor-steps.ts";
import { walBytes } from "./large.ts";
import { newIds } from "./tables.ts";

const FLOOR_TRANSACTIONS = 1_000;

/**
 * CPU and WAL of a transaction that does not wait for the disk: medians of the rounds, each step against the first.
 * Many transactions run in one call, to leave out the client. Needs Linux, which tells the CPU time of a process.
 */
export async function measureFloor(sql: Sql, rounds: number): Promise<Step[]> {
  await sql`set synchronous_commit = off`;
  await sql`create table two_columns (txid xid8 not null, told text)`;
  await sql`create table floor_outbox (like tidemark.outbox including all)`;
  for (const [n, step] of FLOOR.entries()) await prepareStep(sql, n, step);
  await sql`select tidemark.watch(${`public.floor_${FLOOR.length - 1}`}::regclass)`;
  const [{ pid }] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  const spent = FLOOR.map(() => ({ insert: { cpu: [], wal: [] }, update: { cpu: [], wal: [] } }) as Spent);
  for (let round = -2; round < rounds; round += 1) {
    await sql`truncate two_columns, floor_outbox, tidemark.outbox`;
    const order = round % 2 === 0 ? [...spent.entries()] : [...spent.entries()].reverse();
    for (const event of FLOOR_EVENTS) {
      const firstId = newIds(FLOOR_TRANSACTIONS);
      for (const [n, figures] of order) {
        const [cpu, wal] = [cpuMicroseconds(pid), await walBytes(sql)];
        await sql.unsafe(`call floor_${n}_${event}(${firstId}, ${FLOOR_TRANSACTIONS})`).simple();
        if (round >= 0) {
          figures[event].cpu.push((cpuMicroseconds(pid) - cpu) / FLOOR_TRANSACTIONS);
          figures[event].wal.push(((await walBytes(sql)) - wal) / FLOOR_TRANSACTIONS);
        }
      }
    }
  }
  const added = (n: number, event: FloorEvent, what: "cpu" | "wal") =>
    quantile(
      (spent[n]?.[event][what] ?? []).map(
        (each, round) => each - (n > 0 ? (spent[0]?.[event][what][round] ?? 0) : 0),
      ),
      0.5,
    );
  const figuresOf = (n: number, event: FloorEvent) => ({
    cpuMicroseconds: added(n, event, "cpu"),
    walBytes: added(n, event, "wal"),
  });
  return FLOOR.map(({ what }, n) => ({
    what,
    added: { insert: figuresOf(n, "insert"), update: figuresOf(n, "update") },
  }));
}

type Spent = Record<FloorEvent, { readonly cpu: number[]; readonly wal: number[] }>;

async function prepareStep(sql: Sql, n: number, { head, body }: Step): Promise<void> {
  const table = `floor_${n}`;
  const procedure = (event: FloorEvent, statement: string) => `
    create procedure ${table}_${event}(id_before bigint, transactions int) language plpgsql as $$ begin
      for n in 1 .. transactions loop ${statement}; commit; end loop; end $$;`;
  const trigger = (event: FloorEvent) => `
    create function ${table}_on_${event}() returns trigger language plpgsql ${head} as $$
    declare new_image json; old_image json; begin ${body?.(event)} return null; end $$;
    create trigger on_${event} after ${event} on ${table}
      referencing ${event === "update" ? "old table as old_rows" : ""} new table as new_rows
      for each statement execute function ${table}_on_${event}();`;
  await sql
    .unsafe(`
    create table ${table} (like plain including all);
    insert into ${table} select * from plain where id <= ${FLOOR_TRANSACTIONS};
    ${procedure("insert", `insert into ${table} values (id_before + n, 7, 'Title', '${"lorem ipsum ".repeat(16)}', 1.5, '2026-01-01')`)}
    ${procedure("update", `update ${table} set price = price + 1 where id = n`)}
    ${body === undefined ? "" : FLOOR_EVENTS.map(trigger).join("")}`)
    .simple();
}

function cpuMicroseconds(pid: number): number {
  const milliseconds = cpuMsOf(pid);
  if (milliseconds === null) throw new Error("this system does not tell the CPU time of a process");
  return milliseconds * 1_000;
}

export function floorTable(steps: readonly Step[]): string {
  const rows = steps.map(({ what, added }, n) => {
    const cells = FLOOR_EVENTS.flatMap((event) => [added?.[event].cpuMicroseconds, added?.[event].walBytes]);
    const signDisplay = n > 0 ? "exceptZero" : "never";
    const printed = cells.map((each = Number.NaN, cell) => {
      const digits = cell % 2 === 0 ? 1 : 0;
      return each.toLocaleString("en", {
        signDisplay,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
    });
    return `| ${what} | ${printed.join(" | ")} |`;
  });
  return [
    "A transaction of one row, synchronous_commit off, and what a trigger adds to it:",
    "",
    "| trigger | INSERT: CPU, µs | WAL, bytes | UPDATE: CPU, µs | WAL, bytes |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}
