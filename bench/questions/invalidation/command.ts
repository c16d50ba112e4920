import { benchCommand } from "../../harness/command.ts";
import { describe, thisMachine } from "../../harness/machine.ts";
import { writeResults } from "../../harness/results.ts";
import { compare } from "./comparison.ts";

/**
 * The demo's data, a gateway that judges changes row by row, and one for which every change flushes its table. After
 * each change every query is sent to the origin and to both. It counts the origin requests that changes cause, and
 * those of a clairvoyant cache, which refetches exactly what changed.
 */
export const invalidationCommand = benchCommand({
  name: "invalidation",
  description: "What a change costs the database. Exits with 1 if an answer differs from the origin's",
  args: {
    queries: { type: "string", description: "Queries of mixed shapes", default: "300" },
    changes: { type: "string", description: "Random changes", default: "500" },
    seed: { type: "string", description: "Seed of both", default: "7" },
    write: { type: "boolean", description: "Write bench/results/invalidation.json and .md", default: false },
  },
  run: async ({ queries, changes, seed, write }) => {
    const machine = thisMachine();
    const result = await compare(Number(queries), Number(changes), Number(seed));
    const { clairvoyant, precise, tables, wrong } = result;
    const ratio = (requests: number) => `${(requests / Math.max(1, clairvoyant)).toFixed(2)}×`;
    const report = `# What a change costs the database

${result.queries} cached queries, ${result.changes} changes, seed ${seed}; ${result.answers} answers compared with the
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
    if (write) writeResults("invalidation", report, { ...result, machine });
    process.exit(wrong.length > 0 ? 1 : 0);
  },
});
