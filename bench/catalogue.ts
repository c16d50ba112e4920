/**
 * A view, and of many a policy, of everything in Postgres' own catalogue, and what moves underneath:
 * `node bench/catalogue.ts [--shares 12] [--only 3] [--write]`. Takes a server and a process for each core.
 *
 * Prints what was stale, and how many answers are kept by what changes, by their age only, and not at all.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { addUp, keptTable, staleLines } from "../test/data/catalogue/report.ts";
import { type Findings, judge } from "../test/data/catalogue/trial.ts";
import { askShare } from "./share.ts";

const { values: flags } = parseArgs({
  options: {
    shares: { type: "string", default: "12" },
    only: { type: "string" },
    share: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const shares = Number(flags.shares);

if (flags.share === undefined) await lead();
else {
  const findings = await judge((_, number) => number % shares === Number(flags.share), { isLong: true });
  // It ends when it has been heard.
  process.send?.(findings);
}

async function lead(): Promise<void> {
  const started = Date.now();
  const waiting = flags.only === undefined ? [...Array(shares).keys()] : [Number(flags.only)];
  const all: Findings[] = [];
  const worker = async () => {
    for (let share = waiting.shift(); share !== undefined; share = waiting.shift())
      all.push(await ask(share));
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
  if (flags.write) {
    const text = `# Views and policies of Postgres' own catalogue\n\n${summary}.\n\n${table}\n`;
    writeFileSync(new URL("results/catalogue.md", import.meta.url), text);
  }
  process.exit(stale.length > 0 ? 1 : 0);
}

function ask(share: number): Promise<Findings> {
  return askShare(new URL(import.meta.url), ["--share", String(share), "--shares", String(shares)]);
}
