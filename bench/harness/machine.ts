import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

/** The machine and the programs that figures were taken with. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly workerd: string;
  readonly miniflare: string;
  /** Load average of the last minute at the start of the run: a high one shows that other programs ran. */
  readonly loadAverage: number;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    workerd: versionOf("workerd"),
    miniflare: versionOf("miniflare"),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

export function describe(machine: Machine): string {
  const { cpu, cores, memoryGiB, system, node, workerd } = machine;
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}; Node ${node}, workerd ${workerd}`;
}

function versionOf(name: string): string {
  const path = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
