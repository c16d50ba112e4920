import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { benchCommand } from "../../harness/command.ts";

const MEASURE = fileURLToPath(new URL("print.ts", import.meta.url));

/** Runs in a separate process, because V8's allocations for other work would be counted. */
export const personalKeysCommand = benchCommand({
  name: "personal-keys",
  description:
    "The memory of a keeper with many users' own keys, by its own count and by V8's, and whom evicting them refuses. " +
    "Exits with 1 if anybody is refused but for their own keys",
  args: {
    users: {
      type: "positional",
      description: "Users, with three keys each",
      default: "10000",
      required: false,
    },
    write: { type: "boolean", description: "Write bench/results/personal-keys.md", default: false },
  },
  run: async ({ users, write }) => {
    const args = ["--expose-gc", MEASURE, users, write ? "write" : ""];
    const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
    process.exitCode = status ?? 1;
  },
});
