import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { benchCommand } from "../../harness/command.ts";

const TABLE = fileURLToPath(new URL("table.ts", import.meta.url));

/** One thread, so that the heap does not depend on the progress of concurrent compilation. */
const DETERMINISTIC = ["--expose-gc", "--predictable"];

/** Runs in a separate process, because V8's allocations for other work would be counted. */
export const registryCommand = benchCommand({
  name: "registry",
  description:
    "The memory of the keeper's registry, by its own count and by V8's, for kinds of reads that take much",
  args: { times: { type: "positional", description: "Times as many keys", default: "1", required: false } },
  run: async ({ times }) => {
    const { status } = spawnSync(process.execPath, [...DETERMINISTIC, TABLE, times], { stdio: "inherit" });
    process.exitCode = status ?? 1;
  },
});
