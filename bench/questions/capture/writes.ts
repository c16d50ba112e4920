import type { Sql } from "postgres";
import { cpuMsOf } from "../../harness/load/cpu.ts";
import { quantile } from "../../harness/quantile.ts";
import type { Case } from "./cases.ts";

export interface Figures {
  readonly name: string;
  readonly target: number | undefined;
  readonly judgedBy: Case["judgedBy"];
  /** Of what it is judged by. */
  readonly ratio: number;
  readonly quartiles: readonly [number, number];
  readonly timeRatio: number;
  /** Of all backends' CPU time, which others on the machine change little. */
  readonly cpuRatio: number;
  /** Medians, of one statement. */
  readonly plainMicroseconds: number;
  readonly addedMicroseconds: number;
  /** What capture adds to the WAL of one statement: the median. */
  readonly addedWalBytes: number;
}

async function walPosition(sql: Sql): Promise<number> {
  const [{ position }] = await sql<
    [{ position: string }]
  >`select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as position`;
  return Number(position);
}

async function backends(sql: Sql): Promise<readonly number[]> {
  const rows = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity where backend_type = 'client backend' order by pid`;
  return rows.map(({ pid }) => pid);
}

/** Their CPU time so far; NaN where it is not told. */
function cpuOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (cpuMsOf(pid) ?? Number.NaN), 0);
}

/**
 * Each round does the same statements to both tables, every second round in reverse order; a ratio is taken inside a
 * round. Commits of single rows wait for the disk, so their ratio depends on how fast that is: the microseconds that
 * capture adds stand beside it.
 */
export async function measureWrites(
  sql: Sql,
  { name, target, judgedBy, statements, prepare, run }: Case,
  rounds: number,
): Promise<Figures> {
  const times: { plain: number; watched: number }[] = [];
  const cpuRatios: number[] = [];
  const wal: number[] = [];
  await sql`truncate tidemark.outbox`;
  await sql`vacuum`;
  await sql`checkpoint`;
  for (let round = -2; round < rounds; round += 1) {
    const took = { plain: 0, watched: 0 };
    const cpu = { plain: 0, watched: 0 };
    const wrote = { plain: 0, watched: 0 };
    for (const table of round % 2 === 0 ? (["plain", "watched"] as const) : (["watched", "plain"] as const)) {
      await prepare?.(table);
      const from = await walPosition(sql);
      const pids = await backends(sql);
      const cpuBefore = cpuOf(pids);
      const start = performance.now();
      await run(table);
      took[table] = performance.now() - start;
      cpu[table] = cpuOf(pids) - cpuBefore;
      wrote[table] = (await walPosition(sql)) - from;
    }
    // The first two warm up.
    if (round >= 0) times.push(took);
    if (round >= 0) cpuRatios.push(cpu.watched / cpu.plain);
    if (round >= 0) wal.push((wrote.watched - wrote.plain) / statements);
  }
  const ratios = { time: times.map(({ plain, watched }) => watched / plain), CPU: cpuRatios };
  // Not every system tells the CPU time of a process.
  const by = cpuRatios.every(Number.isFinite) ? judgedBy : "time";
  const perStatement = (milliseconds: readonly number[]) =>
    (quantile(milliseconds, 0.5) * 1_000) / statements;
  return {
    name,
    target,
    judgedBy: by,
    ratio: quantile(ratios[by], 0.5),
    quartiles: [quantile(ratios[by], 0.25), quantile(ratios[by], 0.75)],
    timeRatio: quantile(ratios.time, 0.5),
    cpuRatio: quantile(ratios.CPU, 0.5),
    plainMicroseconds: perStatement(times.map(({ plain }) => plain)),
    addedMicroseconds: perStatement(times.map(({ plain, watched }) => watched - plain)),
    addedWalBytes: Math.round(quantile(wal, 0.5)),
  };
}

export function writesTable(figures: readonly Figures[]): string {
  const rows = figures.map(({ name, target, judgedBy, ratio, quartiles, timeRatio, cpuRatio, ...rest }) => {
    const verdict =
      target === undefined ? "—" : `${judgedBy} ≤ ${target} ${ratio <= target ? "met" : "**missed**"}`;
    const cells = [
      name,
      rest.plainMicroseconds.toFixed(0),
      rest.addedMicroseconds.toFixed(0),
      timeRatio.toFixed(2),
      cpuRatio.toFixed(2),
      `${judgedBy} ${quartiles.map((each) => each.toFixed(2)).join("–")}`,
      (rest.addedWalBytes / 1_000).toFixed(1),
      verdict,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| statement | without, µs | added, µs | ratio of time | of CPU | quartiles | WAL added, KB | target |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ...rows,
  ].join("\n");
}
