import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { openServer } from "../../../testing/soundness/database.ts";
import { addUp, type Figures, figuresOf, tablesOf } from "../../../testing/soundness/figures.ts";
import { describe, Report } from "../../../testing/soundness/report.ts";
import { runTrial, trialId } from "../../../testing/soundness/series.ts";
import { shrink } from "../../../testing/soundness/shrink.ts";
import { benchCommand } from "../../harness/command.ts";
import { resultFile, writeResults } from "../../harness/results.ts";
import { askShare } from "../../harness/share.ts";

/** Prints violations, and the precision tables beside those of the run that was written last. */
export const soundnessCommand = benchCommand({
  name: "soundness",
  description:
    "Verdicts against a Postgres, for a long time, on all cores. With POSTGREST_BIN, against PostgREST over it. " +
    "Exits with 1 for a violation",
  args: {
    pairs: { type: "positional", description: "Verdicts to compare", default: "200000", required: false },
    first: { type: "positional", description: "The first seed; random without it", required: false },
    processes: {
      type: "string",
      description: "Number of processes",
      default: String(availableParallelism()),
    },
    write: { type: "boolean", description: "Write bench/results/soundness.json and .md", default: false },
    share: { type: "string", description: "The share that this process runs for its parent" },
  },
  run: async ({ pairs, first, processes, write, share }) => {
    const series: Series = {
      wanted: Number(pairs),
      firstSeed: Number(first ?? Math.floor(Math.random() * 2 ** 30)),
      processes: Number(processes),
    };
    if (share === undefined) await lead(series, write);
    // The parent ends this process once it has heard it.
    else process.send?.(await run(series, Number(share)));
  },
});

interface Series {
  readonly wanted: number;
  readonly firstSeed: number;
  readonly processes: number;
}

/** One process' share of the trials. */
async function run({ wanted, firstSeed, processes }: Series, share: number): Promise<Figures> {
  const report = new Report();
  const database = await openServer();
  for (let turn = 0; report.pairs < wanted / processes; turn += 1) {
    const id = trialId(firstSeed, turn * processes + share);
    await runTrial(database, id, report, { steps: 60, queries: 25 });
  }
  for (const outcome of [...report.violations, ...report.bareViolations].slice(0, 5)) {
    console.log(`VIOLATION\n${describe(await shrink(database, outcome))}\n`);
  }
  await database.close();
  return figuresOf(report);
}

async function lead(series: Series, isWritten: boolean): Promise<void> {
  const { firstSeed, processes } = series;
  const started = Date.now();
  const shares = Array.from({ length: processes }, (_, share) => ask(series, share));
  const figures = addUp(await Promise.all(shares));
  const seconds = (Date.now() - started) / 1000;
  const tables = tablesOf(figures, before());
  const { pairs, violations, bareViolations } = figures;
  const judge = process.env.POSTGREST_BIN ? "PostgREST" : "PostgreSQL";
  const summary = `${pairs} pairs from seed ${firstSeed}, judged by ${judge}: ${violations} violations, ${bareViolations} without schema`;
  console.log(`${tables}\n\n${summary}; ${seconds.toFixed(0)} s, ${Math.round(pairs / seconds)} pairs/s`);
  if (isWritten) writeResults("soundness", `# Verdicts\n\n${summary}.\n\n${tables}\n`, figures);
  process.exit(violations + bareViolations > 0 ? 1 : 0);
}

function ask({ wanted, firstSeed, processes }: Series, share: number): Promise<Figures> {
  return askShare("soundness", [
    ...[String(wanted), String(firstSeed), "--share", String(share), "--processes", String(processes)],
  ]);
}

/** The last written run, if there is one. */
function before(): Figures | undefined {
  try {
    return JSON.parse(readFileSync(resultFile("soundness.json"), "utf8")) as Figures;
  } catch {
    return undefined;
  }
}
