/**
 * What a change costs the database: `node bench/invalidation.ts [--queries 300] [--changes 500] [--seed 7] [--write]`.
 *
 * The demo's data, a gateway that judges changes row by row, and one for which every change flushes its table. After
 * each change every query is asked of the origin and of both. Counted are the origin requests that changes cause,
 * beside those of a clairvoyant cache, which fetches again exactly what did change.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { compare } from "./invalidation/comparison.ts";
import { describe, thisMachine } from "./machine.ts";

const { values: flags } = parseArgs({
  options: {
    queries: { type: "string", default: "300" },
    changes: { type: "string", default: "500" },
    seed: { type: "string", default: "7" },
    write: { type: "boolean", default: false },
  },
});

const machine = thisMachine();
const result = await compare(Number(flags.queries), Number(flags.changes), Number(flags.seed));
const { clairvoyant, precise, tables, wrong } = result;
const ratio = (requests: number) => `${(requests / Math.max(1, clairvoyant)).toFixed(2)}×`;
const report = `# What a change costs the database

${result.queries} cached queries, ${result.changes} changes, seed ${flags.seed}; ${result.answers} answers compared with the
origin's after each change, ${wrong.length} differed. Target: at most 1.2× the clairvoyant's requests.

| cache                                                    | origin requests | to the clairvoyant's |
| -------------------------------------------------------- | --------------- | -------------------- |
| clairvoyant: fetches again what a change has changed     | ${clairvoyant} | 1.00× |
| Tidemark, with capture and the schema                    | ${precise} | ${ratio(precise)} |
| the same with every change flushing its table            | ${tables} | ${ratio(tables)} |

${describe(machine)}
`;
console.log(report);
for (const difference of wrong.slice(0, 10)) console.log(`WRONG ${difference}`);
if (flags.write) {
  const results = new URL("results/", import.meta.url);
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL("invalidation.md", results), report);
  writeFileSync(
    new URL("invalidation.json", results),
    `${JSON.stringify({ ...result, machine }, null, 2)}\n`,
  );
}
process.exit(wrong.length > 0 ? 1 : 0);
