import { readdirSync, readFileSync } from "node:fs";

/**
 * CPU time of a process so far, all of its threads, from Linux's scheduler statistics: nanoseconds, where
 * `/proc/<pid>/stat` counts hundredths of a second. Null on other systems.
 */
export function cpuMsOf(pid: number | null): number | null {
  if (pid === null) return null;
  try {
    let nanoseconds = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]);
    }
    return Number.isFinite(nanoseconds) ? nanoseconds / 1e6 : null;
  } catch {
    return null;
  }
}

/** The `workerd` that this process has started, by way of Miniflare. */
export function workerdPid(): number | null {
  try {
    for (const task of readdirSync("/proc/self/task")) {
      const children = readFileSync(`/proc/self/task/${task}/children`, "latin1").trim().split(" ");
      for (const child of children) {
        if (child !== "" && readFileSync(`/proc/${child}/comm`, "latin1").trim() === "workerd") {
          return Number(child);
        }
      }
    }
  } catch {
    // no /proc, or a child that has just ended
  }
  return null;
}
