import { availableParallelism } from "node:os";
import { addUp, keptTable, staleLines } from "../../../testing/catalogue/report.ts";
import { type Findings, judge } from "../../../testing/catalogue/trial.ts";
import { benchCommand } from "../../harness/command.ts";
import { writeResults } from "../../harness/results.ts";
import { askShare } from "../../harness/share.ts";

/** Prints what was stale, and how many answers are kept by changes, only by their age, and not at all. */
export const catalogueCommand = benchCommand({
  name: "catalogue",
  description:
    "Views, and often policies, of everything in Postgres' own catalogue, while everything underneath changes. " +
    "Runs a server and a process for each core. Exits with 1 if an answer was stale",
  args: {
    shares: { type: "string", description: "Number of shares, one process each", default: "12" },
    only: { type: "string", description: "The number of the only share to run" },
    share: {
      type: "string",
      description: "The share that this process judges for its parent",
    },
    write: { type: "boolean", description: "Write bench/results/catalogue.md", default: false },
  },
  run: async ({ shares: text, only, share, write }) => {
    const shares = Number(text);
    if (share === undefined) return lead(shares, only, write);
    const findings = await judge((_, number) => number % shares === Number(share), { isLong: true });
    // The parent ends this process once it has heard it.
    process.send?.(findings);
  },
});

async function lead(shares: number, only: string | undefined, isWritten: boolean): Promise<void> {
  const started = Date.now();
  const waiting = only === undefined ? [...Array(shares).keys()] : [Number(only)];
  const all: Findings[] = [];
  const worker = async () => {
    for (let share = waiting.shift(); share !== undefined; share = waiting.shift())
      all.push(await ask(share, shares));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const findings = addUp(all);
  const stale = staleLines(findings.stale);
  for (const line of stale) console.log(`STALE ${line}`);
  console.log(`\nNot called: ${findings.uncalled.join("; ")}\n`);
  const ages = new Map<string, number>();
  for (const { kept } of findings.kept)
    if (kept.by === "age") for (const reason of kept.reasons) ages.set(reason, (ages.get(reason) ?? 0) + 1);
  const summary = `${findings.kept.length} views and policies: ${stale.length} stale; ${staleLines(findings.printed).length} kept by what changes moved with settings that print`;
  const reasons = [...ages].sort(([, a], [, b]) => b - a).slice(0, 40);
  const table = keptTable(findings);
  console.log(`${table}\n\n${reasons.map(([reason, count]) => `${count} ${reason}`).join("\n")}`);
  console.log(`\n${summary}; ${((Date.now() - started) / 1000).toFixed(0)} s`);
  if (isWritten)
    writeResults("catalogue", `# Views and policies of Postgres' own catalogue\n\n${summary}.\n\n${table}\n`);
  process.exit(stale.length > 0 ? 1 : 0);
}

function ask(share: number, shares: number): Promise<Findings> {
  return askShare("catalogue", ["--share", String(share), "--shares", String(shares)]);
}
