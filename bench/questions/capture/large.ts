/**
 * The cost of an UPDATE of a small column beside a large value: without a trigger, with one that prints both whole rows
 * (as capture once did), and with capture. All in one run, on one server.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Sql } from "postgres";

export interface Large {
  readonly workload: string;
  readonly trigger: string;
  readonly milliseconds: number;
  readonly walBytes: number;
  /** The peak growth of the server's process; undefined if the operating system does not tell. */
  readonly peakBytes: number | undefined;
}

const TRIGGERS = ["none", "prints whole rows", "capture"] as const;

const WORKLOADS = [
  {
    workload: "200 updates of a counter beside a text of 464 KB",
    // Repetition would be compressed away; this text does not repeat, like most long texts.
    body: "(select string_agg(md5(n::text), '') from generate_series(1, 14500) n)",
    updates: 200,
  },
  { workload: "an update of a counter beside a text of 250 MB", body: "repeat('x', 250000000)", updates: 1 },
];

export async function measureLarge(sql: Sql): Promise<Large[]> {
  const [{ pid }] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  const measured: Large[] = [];
  for (const [n, trigger] of TRIGGERS.entries()) {
    const table = `large_${n}`;
    await sql.unsafe(
      `create table ${table} (id int primary key, views int not null default 0, body text not null)`,
    );
    if (trigger === "capture") await sql.unsafe(`select tidemark.watch('public.${table}')`);
    if (trigger === "prints whole rows") await sql.unsafe(wholeRows(table)).simple();
  }
  for (const { workload, body, updates } of WORKLOADS) {
    for (const [n, trigger] of TRIGGERS.entries()) {
      const table = `large_${n}`;
      await sql.unsafe(`truncate ${table}, tidemark.outbox`);
      await sql.unsafe(`insert into ${table} (id, body) values (1, ${body})`);
      await sql`truncate tidemark.outbox`;
      await sql`checkpoint`;
      const update = () => sql.unsafe(`update ${table} set views = views + 1 where id = 1`);
      const [start, wal, size] = [performance.now(), await walBytes(sql), forgetPeak(pid)];
      for (let done = 0; done < updates; done += 1) await update();
      measured.push({
        workload,
        trigger,
        milliseconds: performance.now() - start,
        walBytes: (await walBytes(sql)) - wal,
        peakBytes: size === undefined ? undefined : memory(pid, "VmHWM") - size,
      });
    }
  }
  for (const n of TRIGGERS.keys()) await sql.unsafe(`drop table large_${n}`);
  return measured;
}

function wholeRows(table: string): string {
  return `
    create table ${table}_outbox (record json, old_record json);
    create function ${table}_on_update() returns trigger language plpgsql as $$ begin
      insert into ${table}_outbox select to_json(n.*), to_json(o.*) from new_rows n, old_rows o;
      return null;
    exception when others then return null; end $$;
    create trigger on_update after update on ${table} referencing old table as old_rows new table as new_rows
      for each statement execute function ${table}_on_update();`;
}

/** How much WAL the server has written so far. */
export async function walBytes(sql: Sql): Promise<number> {
  const [row] = await sql<[{ bytes: string }]>`select (pg_current_wal_insert_lsn() - '0/0')::text as bytes`;
  return Number(row.bytes);
}

/** Resets the peak to the process' current size, which needs the rights of its user. */
function forgetPeak(pid: number): number | undefined {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
    return memory(pid, "VmHWM");
  } catch {
    return undefined;
  }
}

function memory(pid: number, line: string): number {
  const kilobytes = new RegExp(`${line}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1_024;
}

export function largeTable(measured: readonly Large[]): string {
  const mega = (bytes: number | undefined) => (bytes === undefined ? "—" : (bytes / 1_000_000).toFixed(1));
  const rows = measured.map(
    ({ workload, trigger, milliseconds, walBytes, peakBytes }) =>
      `| ${workload} | ${trigger} | ${milliseconds.toFixed(0)} | ${mega(walBytes)} | ${mega(peakBytes)} |`,
  );
  return [
    "Beside a large value that does not change:",
    "",
    "| workload | trigger | ms | WAL, MB | memory, MB |",
    "| --- | --- | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}
