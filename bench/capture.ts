/**
 * What capture costs those who write, and what a pull costs: `node bench/capture.ts [--write] [--rounds 21]`;
 * `--large` for what large values cost alone.
 *
 * A real PostgreSQL with fsync on, two equal tables, one of them watched. Each round does the same statements to
 * both, every second round in reverse order; a ratio is taken inside a round. Printed: the median of the rounds and
 * their quartiles. Commits of single rows wait for the disk, so their ratio depends on how fast that is: the
 * microseconds that capture adds stand beside it. The outbox is emptied between cases.
 *
 * Last, what no trigger could do without: CPU and WAL of a transaction, without waiting for the disk, for triggers
 * that do more and more of what capture does. It reads the CPU time of the server's process, so it needs Linux.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Sql } from "postgres";
import { captureSql } from "../src/capture/capture-sql.ts";
import { startPostgres } from "../src/capture/testing/postgres.ts";
import { largeTable, measureLarge } from "./capture-large.ts";
import { describe, thisMachine } from "./machine.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "21" },
    write: { type: "boolean", default: false },
    large: { type: "boolean", default: false },
  },
});
const ROUNDS = Number(flags.rounds);
const SINGLE_STATEMENTS = 200;
const BULK_ROWS = 10_000;
const WRITERS = 8;
const OUTBOX_ROWS = 300_000;

let nextId = 1_000_000;

type Table = "plain" | "watched";

interface Case {
  readonly name: string;
  readonly target?: number;
  /** Statements in a slice: what the added time is divided by. */
  readonly statements: number;
  /** Outside of the time. */
  readonly prepare?: (table: Table) => Promise<unknown>;
  readonly run: (table: Table) => Promise<unknown>;
}

interface Figures {
  readonly name: string;
  readonly target: number | undefined;
  readonly ratio: number;
  readonly quartiles: readonly [number, number];
  /** Medians, of one statement. */
  readonly plainMicroseconds: number;
  readonly addedMicroseconds: number;
}

interface Step {
  readonly what: string;
  /** The head and the body of the trigger's functions; none is no trigger. The last step is capture itself. */
  readonly head?: string;
  readonly body?: (event: FloorEvent) => string;
  readonly added?: Record<FloorEvent, { readonly cpuMicroseconds: number; readonly walBytes: number }>;
}

type FloorEvent = "insert" | "update";

const FLOOR_EVENTS = ["insert", "update"] as const;
const FLOOR_TRANSACTIONS = 1_000;
const OWNER = "security definer set search_path = pg_catalog, pg_temp";
const PINNED = `${OWNER} set timezone = 'UTC' set datestyle = 'ISO' set intervalstyle = 'postgres'
  set extra_float_digits = 1 set bytea_output = 'hex'`;
const PRINT = (event: FloorEvent) => {
  const row = (name: string) =>
    `(select r.id, r.author_id, r.title, r.body, r.price, r.published_at from ${name}_rows r) ${name}_row`;
  const print =
    event === "insert"
      ? `to_json(new_row.*) into new_image from ${row("new")}`
      : `to_json(new_row.*), to_json(old_row.*) into new_image, old_image from ${row("new")}, ${row("old")}`;
  return `begin select ${print}; exception when others then end;`;
};
const FLOOR: readonly Step[] = [
  { what: "no trigger" },
  { what: "an empty trigger with transition tables", head: "", body: () => "" },
  { what: "with its owner's rights and a search_path", head: OWNER, body: () => "" },
  {
    what: "… and an insert of two columns, no index",
    head: OWNER,
    body: () => "insert into public.two_columns values (pg_current_xact_id(), 'x');",
  },
  { what: "… or with all settings pinned", head: PINNED, body: () => "" },
  { what: "… and the images printed, errors caught", head: PINNED, body: PRINT },
  {
    what: "… and an insert into an outbox like ours",
    head: PINNED,
    body: (event) => `${PRINT(event)}
      insert into public.floor_outbox (op, schema_name, table_name, record, old_record)
        select '${event}', tg_table_schema, tg_table_name, new_image, old_image;`,
  },
  { what: "capture" },
];

const server = await startPostgres({ flags: ["-c", "max_wal_size=4GB", "-c", "shared_buffers=512MB"] });
try {
  await main();
} finally {
  await server.stop();
}

async function main(): Promise<void> {
  const machine = thisMachine();
  const sql = server.sql({ max: 1 });
  const many = server.sql({ max: WRITERS });
  await install(sql);
  const [version] = await sql<[{ server_version: string; fsync: string }]>`
    select current_setting('server_version') as server_version, current_setting('fsync') as fsync`;

  const head = `${describe(machine)}; PostgreSQL ${version.server_version}, fsync ${version.fsync}, load average ${machine.loadAverage}, ${ROUNDS} rounds`;
  const large = await measureLarge(sql);
  if (flags.large) return void process.stdout.write(`${head}\n\n${largeTable(large)}\n`);
  const figures: Figures[] = [];
  for (const each of [...singleRow(sql), ...manyWriters(many), ...bulk(sql)]) {
    figures.push(await measure(sql, each));
    console.error(`${each.name}: done`);
  }
  // A disk that is a millisecond slower, as a cloud's is: commit_delay waits before each flush.
  await sql`set commit_siblings = 0`;
  await sql`set commit_delay = 1000`;
  for (const each of singleRow(sql)) {
    figures.push(await measure(sql, { ...each, name: `${each.name}, commits 1 ms slower` }));
  }
  await sql`reset commit_delay`;
  await sql`select tidemark.set_nudge('notify')`;
  for (const each of [...singleRow(sql).slice(1, 2), ...manyWriters(many)]) {
    figures.push(await measure(sql, { ...each, name: `${each.name}, with NOTIFY` }));
  }
  await sql`select tidemark.set_nudge('off')`;
  const pulls = await measurePulls(sql);
  const floor = process.platform === "linux" ? await measureFloor(sql) : [];

  const text = `${head}\n\n${writesTable(figures)}\n\n${largeTable(large)}\n\n${pullsTable(pulls)}\n\n${floorTable(floor)}\n`;
  process.stdout.write(text);
  if (flags.write) {
    const folder = new URL("results/", import.meta.url);
    mkdirSync(folder, { recursive: true });
    const report = {
      at: new Date().toISOString(),
      machine,
      postgres: version,
      rounds: ROUNDS,
      figures,
      large,
      pulls,
      floor,
    };
    writeFileSync(new URL("capture.json", folder), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(new URL("capture.md", folder), `# What capture costs\n\n${text}`);
  }
}

async function install(sql: Sql): Promise<void> {
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

function singleRow(sql: Sql): Case[] {
  const each = (statement: (table: Table, n: number) => Promise<unknown>) => async (table: Table) => {
    for (let n = 1; n <= SINGLE_STATEMENTS; n += 1) await statement(table, n);
  };
  const insert = (table: Table) =>
    sql`insert into ${sql(table)} values (${nextId++}, 7, 'Title', ${"lorem ipsum ".repeat(16)}, 1.5, now())`;
  const rest = { target: 1.2, statements: SINGLE_STATEMENTS };
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

function manyWriters(sql: Sql): Case[] {
  return [
    {
      name: `UPDATE of one row, ${WRITERS} writers`,
      target: 1.2,
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

function bulk(sql: Sql): Case[] {
  const rest = { target: 1.6, statements: 1 };
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
      name: "UPDATE of 500 rows, all told",
      run: (table) => sql`update ${sql(table)} set price = price + 1 where id <= 500`,
      statements: 1,
    },
  ];
}

async function measure(sql: Sql, { name, target, statements, prepare, run }: Case): Promise<Figures> {
  const rounds: { plain: number; watched: number }[] = [];
  await sql`truncate tidemark.outbox`;
  await sql`vacuum`;
  await sql`checkpoint`;
  for (let round = -2; round < ROUNDS; round += 1) {
    const times = { plain: 0, watched: 0 };
    for (const table of round % 2 === 0 ? (["plain", "watched"] as const) : (["watched", "plain"] as const)) {
      await prepare?.(table);
      const start = performance.now();
      await run(table);
      times[table] = performance.now() - start;
    }
    // The first two warm up.
    if (round >= 0) rounds.push(times);
  }
  const ratios = rounds.map(({ plain, watched }) => watched / plain);
  const perStatement = (milliseconds: readonly number[]) =>
    (quantile(milliseconds, 0.5) * 1_000) / statements;
  return {
    name,
    target,
    ratio: quantile(ratios, 0.5),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    plainMicroseconds: perStatement(rounds.map(({ plain }) => plain)),
    addedMicroseconds: perStatement(rounds.map(({ plain, watched }) => watched - plain)),
  };
}

interface Pull {
  readonly what: string;
  readonly milliseconds: number;
}

/** The last rows of an outbox that is far from empty, with and without a transaction that somebody forgot. */
async function measurePulls(sql: Sql): Promise<Pull[]> {
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

/** Medians of the rounds, each step against the first; many transactions in one call, so that no client counts. */
async function measureFloor(sql: Sql): Promise<Step[]> {
  await sql`set synchronous_commit = off`;
  await sql`create table two_columns (txid xid8 not null, told text)`;
  await sql`create table floor_outbox (like tidemark.outbox including all)`;
  for (const [n, step] of FLOOR.entries()) await prepareStep(sql, n, step);
  await sql`select tidemark.watch(${`public.floor_${FLOOR.length - 1}`}::regclass)`;
  const [{ pid }] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  const spent = FLOOR.map(() => ({ insert: { cpu: [], wal: [] }, update: { cpu: [], wal: [] } }) as Spent);
  for (let round = -2; round < ROUNDS; round += 1) {
    await sql`truncate two_columns, floor_outbox, tidemark.outbox`;
    const order = round % 2 === 0 ? [...spent.entries()] : [...spent.entries()].reverse();
    for (const event of FLOOR_EVENTS) {
      for (const [n, figures] of order) {
        const [cpu, wal] = [cpuMicroseconds(pid), await walBytes(sql)];
        await sql.unsafe(`call floor_${n}_${event}(${nextId}, ${FLOOR_TRANSACTIONS})`).simple();
        if (round >= 0) {
          figures[event].cpu.push((cpuMicroseconds(pid) - cpu) / FLOOR_TRANSACTIONS);
          figures[event].wal.push(((await walBytes(sql)) - wal) / FLOOR_TRANSACTIONS);
        }
      }
      nextId += FLOOR_TRANSACTIONS;
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
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1_000;
}

async function walBytes(sql: Sql): Promise<number> {
  const [row] = await sql<[{ bytes: string }]>`select (pg_current_wal_insert_lsn() - '0/0')::text as bytes`;
  return Number(row.bytes);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function writesTable(figures: readonly Figures[]): string {
  const rows = figures.map(({ name, target, ratio, quartiles, plainMicroseconds, addedMicroseconds }) => {
    const verdict = target === undefined ? "—" : `≤ ${target} ${ratio <= target ? "met" : "**missed**"}`;
    const spread = quartiles.map((each) => each.toFixed(2)).join("–");
    const cells = [
      name,
      plainMicroseconds.toFixed(0),
      addedMicroseconds.toFixed(0),
      ratio.toFixed(2),
      spread,
      verdict,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| statement | without, µs | added, µs | ratio | quartiles | target |",
    "| --- | ---: | ---: | ---: | ---: | --- |",
    ...rows,
  ].join("\n");
}

function pullsTable(pulls: readonly Pull[]): string {
  const rows = pulls.map(({ what, milliseconds }) => `| ${what} | ${milliseconds.toFixed(1)} |`);
  return [
    `A pull from an outbox of ${OUTBOX_ROWS} rows, with a transaction open that is older than all of them:`,
    "",
    "| what | median, ms |",
    "| --- | ---: |",
    ...rows,
  ].join("\n");
}

function floorTable(steps: readonly Step[]): string {
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
