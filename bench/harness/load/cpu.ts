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

/** The same for a process and its children, such as Postgres and its backends. */
export function familyCpuMsOf(pid: number | null): number | null {
  if (pid === null) return null;
  let sum = 0;
  for (const each of [pid, ...childrenOf(pid)]) {
    const cpuMs = cpuMsOf(each);
    if (cpuMs === null) return null;
    sum += cpuMs;
  }
  return sum;
}

/** The `workerd` that this process started through Miniflare. */
export function workerdPid(): number | null {
  return workerdPids()[0] ?? null;
}

/** The same, of a process that started several. */
export function workerdPids(): readonly number[] {
  return childrenOf(process.pid).filter((child) => nameOf(child) === "workerd");
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "latin1").trim().split(" "))
      .filter((child) => child !== "")
      .map(Number);
  } catch {
    return []; // There is no /proc, or the process has just ended.
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "latin1").trim();
  } catch {
    return "";
  }
}
