import { captureSql } from "../../../test/orms/migrate.ts";
import { startWorkers } from "../../../test/orms/start-worker.ts";
import { benchCommand, numberOf } from "../../harness/command.ts";

const ROWS = 20;
const WAYS = ["bare", "cached"] as const;

/** What a hit of the caching driver costs beside the binding that it stands for, in workerd, over a local D1. */
export const driverCommand = benchCommand({
  name: "driver",
  description:
    "A statement answered by cachedD1 beside the same by D1 itself, in turns, by the time that a request of many takes",
  args: {
    rounds: { type: "string", description: "Requests of each, in turns", default: "15" },
    reads: { type: "string", description: "Reads in a request", default: "500" },
  },
  run: async ({ rounds, reads }) => {
    const entry = new URL("workers/d1.ts", import.meta.url).pathname;
    const workers = await startWorkers({ entry, keeper: entry, names: ["one"], databases: ["DB"] });
    try {
      const database = await workers.database("DB");
      await database.prepare("CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INT, title TEXT)").run();
      for (const sql of (await captureSql(database, { follow: ["posts.author_id"] })).split(";\n\n"))
        await database.prepare(sql).run();
      for (let id = 0; id < ROWS; id++)
        await database.prepare("INSERT INTO posts VALUES (?, 1, 'A title of a post')").bind(id).run();
      const times: Record<(typeof WAYS)[number], number[]> = { bare: [], cached: [] };
      for (let round = -2; round < numberOf("--rounds", rounds); round++) {
        for (const way of WAYS) {
          const begun = performance.now();
          const response = await workers.fetch("one", `/${way}?n=${numberOf("--reads", reads)}`);
          if ((await response.json()) !== ROWS * Number(reads)) throw new Error(`${way}: not all rows`);
          if (round >= 0) times[way].push((1_000 * (performance.now() - begun)) / Number(reads));
        }
      }
      const middle = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
      const [bare, cached] = [middle(times.bare), middle(times.cached)];
      const ratio = (bare / cached).toFixed(1);
      process.stdout.write(
        `${ROWS} rows, median: D1 itself (local, no network) ${bare.toFixed(0)} µs, a hit of cachedD1 ${cached.toFixed(1)} µs: ${ratio} times\n`,
      );
    } finally {
      await workers.dispose();
    }
  },
});
