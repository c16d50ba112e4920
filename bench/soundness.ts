/**
 * The long run: `node bench/soundness.ts [pairs] [seed] [--postgres] [--processes 2] [--write]`.
 *
 * Prints violations and the precision tables, beside those of the run that was last written down. `--postgres` asks a
 * real server instead of PGlite, and with POSTGREST_BIN a real PostgREST over it; `--write` puts all into bench/results.
 * Takes a process for each core.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { openDatabase, openServer } from "../test/data/soundness/database.ts";
import { addUp, type Figures, figuresOf, tablesOf } from "../test/data/soundness/figures.ts";
import { describe, Report } from "../test/data/soundness/report.ts";
import { runTrial, trialId } from "../test/data/soundness/series.ts";
import { shrink } from "../test/data/soundness/shrink.ts";
import { askShare } from "./share.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    postgres: { type: "boolean", default: false },
    processes: { type: "string", default: String(availableParallelism()) },
    write: { type: "boolean", default: false },
    share: { type: "string" },
  },
});
const wanted = Number(positionals[0] ?? 200_000);
const isServer = flags.postgres || !!process.env.POSTGREST_BIN;
const firstSeed = Number(positionals[1] ?? Math.floor(Math.random() * 2 ** 30));
const processes = Number(flags.processes);

if (flags.share === undefined) await lead();
// It ends when it has been heard.
else process.send?.(await run(Number(flags.share)));

/** One process' share of the trials. */
async function run(share: number): Promise<Figures> {
  const open = isServer ? openServer : openDatabase;
  const report = new Report();
  let database = await open();
  for (let turn = 0; report.pairs < wanted / processes; turn += 1) {
    // PGlite's memory only grows.
    if (!isServer && turn % 40 === 39) {
      await database.close();
      database = await open();
    }
    const id = trialId(firstSeed, turn * processes + share);
    await runTrial(database, id, report, { steps: 60, queries: 25 });
  }
  for (const outcome of [...report.violations, ...report.bareViolations].slice(0, 5)) {
    console.log(`VIOLATION\n${describe(await shrink(database, outcome))}\n`);
  }
  await database.close();
  return figuresOf(report);
}

async function lead(): Promise<void> {
  const started = Date.now();
  const shares = Array.from({ length: processes }, (_, share) => ask(share));
  const figures = addUp(await Promise.all(shares));
  const seconds = (Date.now() - started) / 1000;
  const results = new URL("results/", import.meta.url);
  const file = new URL("soundness.json", results);
  const tables = tablesOf(figures, before(file));
  const { pairs, violations, bareViolations } = figures;
  const judge = process.env.POSTGREST_BIN ? "PostgREST" : isServer ? "PostgreSQL" : "PGlite";
  const summary = `${pairs} pairs from seed ${firstSeed}, judged by ${judge}: ${violations} violations, ${bareViolations} without schema`;
  console.log(`${tables}\n\n${summary}; ${seconds.toFixed(0)} s, ${Math.round(pairs / seconds)} pairs/s`);
  if (flags.write) {
    writeFileSync(file, `${JSON.stringify(figures, null, 1)}\n`);
    writeFileSync(new URL("soundness.md", results), `# Verdicts\n\n${summary}.\n\n${tables}\n`);
  }
  process.exit(violations + bareViolations > 0 ? 1 : 0);
}

function ask(share: number): Promise<Figures> {
  return askShare(new URL(import.meta.url), [
    ...[String(wanted), String(firstSeed), "--share", String(share), "--processes", String(processes)],
    ...(flags.postgres ? ["--postgres"] : []),
  ]);
}

/** The run that was last written down, if there is one. */
function before(file: URL): Figures | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Figures;
  } catch {
    return undefined;
  }
}
