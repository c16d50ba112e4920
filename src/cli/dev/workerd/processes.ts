import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** The ids of the processes that have `marker` (as `NAME=value`) in their environment. */
export function processesWith(marker: string): number[] {
  return process.platform === "linux" ? fromProc(marker) : fromPs(marker);
}

function fromProc(marker: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(marker);
      } catch {
        return false; // another user's process, or one that has just ended
      }
    });
}

function fromPs(marker: string): number[] {
  const lines = execFileSync("ps", ["axeww", "-o", "pid=,command="], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => line.includes(marker)).map((line) => Number.parseInt(line, 10));
}
