import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { benchCommand } from "../../harness/command.ts";

const TABLE = fileURLToPath(new URL("table.ts", import.meta.url));

/** One thread: what the heap holds must not depend on how far concurrent compilation has come. */
const DETERMINISTIC = ["--expose-gc", "--predictable"];

/** In a process that does nothing else: what V8 allocates for other work would be counted. */
export const registryCommand = benchCommand({
  name: "registry",
  description:
    "What the keeper's registry takes of memory, by its own count and by V8's, for reads of kinds that take much",
  args: { times: { type: "positional", description: "Times as many keys", default: "1", required: false } },
  run: async ({ times }) => {
    const { status } = spawnSync(process.execPath, [...DETERMINISTIC, TABLE, times], { stdio: "inherit" });
    process.exitCode = status ?? 1;
  },
});
