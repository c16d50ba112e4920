import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { benchCommand } from "../../harness/command.ts";
import { describe, thisMachine } from "../../harness/machine.ts";
import { writeResults } from "../../harness/results.ts";
import { bulk, manyWriters, singleRow, WRITERS } from "./cases.ts";
import { floorTable, measureFloor } from "./floor.ts";
import { largeTable, measureLarge } from "./large.ts";
import { measurePulls, pullsTable } from "./pulls.ts";
import { createTables } from "./tables.ts";
import { type Figures, measureWrites, writesTable } from "./writes.ts";

/** A real PostgreSQL with fsync on and two equal tables, one of them watched. Prints medians and quartiles. */
export const captureCommand = benchCommand({
  name: "capture",
  description: "What capture costs writers, and what a pull costs",
  args: {
    rounds: { type: "string", description: "Rounds of each statement", default: "21" },
    large: { type: "boolean", description: "Only what large values cost", default: false },
    write: { type: "boolean", description: "Write bench/results/capture.json and .md", default: false },
  },
  run: async ({ rounds, large, write }) => {
    const server = await startPostgres({
      flags: ["-c", "fsync=on", "-c", "max_wal_size=4GB", "-c", "shared_buffers=512MB"],
    });
    try {
      await measureAll(server, Number(rounds), large, write);
    } finally {
      await server.stop();
    }
  },
});

async function measureAll(
  server: Postgres,
  rounds: number,
  isLargeOnly: boolean,
  isWritten: boolean,
): Promise<void> {
  const machine = thisMachine();
  const sql = server.sql({ max: 1 });
  const many = server.sql({ max: WRITERS });
  await createTables(sql);
  const [postgres] = await sql<[{ server_version: string; fsync: string }]>`
    select current_setting('server_version') as server_version, current_setting('fsync') as fsync`;
  const head = `${describe(machine)}; PostgreSQL ${postgres.server_version}, fsync ${postgres.fsync}, load average ${machine.loadAverage}, ${rounds} rounds`;
  const large = await measureLarge(sql);
  if (isLargeOnly) {
    process.stdout.write(`${head}\n\n${largeTable(large)}\n`);
    return;
  }
  const figures: Figures[] = [];
  for (const each of [...singleRow(sql), ...manyWriters(many), ...bulk(sql)]) {
    figures.push(await measureWrites(sql, each, rounds));
    console.error(`${each.name}: done`);
  }
  // Imitates a disk that is a millisecond slower, like a cloud's: commit_delay waits before each flush.
  await sql`set commit_siblings = 0`;
  await sql`set commit_delay = 1000`;
  for (const each of singleRow(sql)) {
    const slower = { ...each, name: `${each.name}, commits 1 ms slower` };
    figures.push(await measureWrites(sql, slower, rounds));
  }
  await sql`reset commit_delay`;
  await sql`select tidemark.set_nudge('notify')`;
  for (const each of [...singleRow(sql).slice(1, 2), ...manyWriters(many)]) {
    figures.push(await measureWrites(sql, { ...each, name: `${each.name}, with NOTIFY` }, rounds));
  }
  await sql`select tidemark.set_nudge('off')`;
  await sql`select tidemark.watch('public.watched', columns => array[]::text[])`;
  for (const each of bulk(sql)) {
    figures.push(await measureWrites(sql, { ...each, name: `${each.name}, only keys` }, rounds));
  }
  await sql`select tidemark.watch('public.watched')`;
  const pulls = await measurePulls(server, sql);
  const floor = process.platform === "linux" ? await measureFloor(sql, rounds) : [];

  const text = `${head}\n\n${writesTable(figures)}\n\n${largeTable(large)}\n\n${pullsTable(pulls)}\n\n${floorTable(floor)}\n`;
  process.stdout.write(text);
  if (!isWritten) return;
  const report = { at: new Date().toISOString(), machine, postgres, rounds, figures, large, pulls, floor };
  writeResults("capture", `# What capture costs\n\n${text}`, report);
}
