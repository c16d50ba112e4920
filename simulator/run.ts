import { parseArgs } from "node:util";
import { LATE } from "./history/late.ts";
import { MIRRORED } from "./history/mirrors.ts";
import { Tally } from "./history/tally.ts";
import { TIERED } from "./history/tiers.ts";
import { MUTATIONS } from "./mutations.ts";
import { Pool } from "./pool.ts";
import { printFound, printTally } from "./report.ts";

const USAGE = `node simulator/run.ts [--histories 10000] [--seed 1] [--threads 2] [--path P] [--mutation NAME] [--mirrored 4] [--tiered 5] [--late 3] [--no-shrink]

  --path      with --seed: runs that history again, as a failure prints it
  --mirrored  how many histories of ten have mirrors; a path is of one such number
  --tiered    how many have the data centre's cache, or answers given while they are revalidated; likewise
  --late      how many have an API that is late, and messages that are overtaken; likewise
  --mutation  breaks the sources so first; its name, or a part of it`;

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    threads: { type: "string", default: "2" },
    path: { type: "string" },
    mirrored: { type: "string", default: String(MIRRORED) },
    tiered: { type: "string", default: String(TIERED) },
    late: { type: "string", default: String(LATE) },
    mutation: { type: "string" },
    "no-shrink": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(USAGE);
} else {
  process.exitCode = await main();
}

async function main(): Promise<number> {
  const { path, mutation: name } = values;
  const mutation = name === undefined ? undefined : MUTATIONS.find((each) => each.name.includes(name));
  if (name !== undefined && mutation === undefined) {
    console.error(
      `no mutation is named so; there are:\n  ${MUTATIONS.map((each) => each.name).join("\n  ")}`,
    );
    return 2;
  }
  const threads = path === undefined ? Number(values.threads) : 1;
  const pool = new Pool(threads);
  const started = performance.now();
  const histories = Math.ceil(Number(values.histories) / threads);
  const shrink = !values["no-shrink"];
  const shares = {
    mirrored: Number(values.mirrored),
    tiered: Number(values.tiered),
    late: Number(values.late),
  };
  const { variant, edits } = { variant: mutation?.name ?? "sources", edits: mutation?.edits ?? [] };
  const runs = Array.from({ length: threads }, (_, thread) => {
    const seed = Number(values.seed) + thread;
    return pool.run({
      variant,
      edits,
      work: { kind: "search", histories, seed, path, shrink, ...shares },
    });
  });
  const done = await Promise.all(runs);
  await pool.close();
  const tally = new Tally();
  for (const each of done) tally.add(each.tally);
  console.log(printTally(tally, (performance.now() - started) / 1_000));
  const found = done.flatMap((each) => each.found ?? []);
  for (const each of found) console.log(printFound(each, mutation?.name));
  return found.length === 0 ? 0 : 1;
}
