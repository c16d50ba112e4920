import { mkdirSync, writeFileSync } from "node:fs";

const RESULTS_FOLDER = new URL("../results/", import.meta.url);

export function resultFile(name: string): URL {
  return new URL(name, RESULTS_FOLDER);
}

/** Writes `bench/results/<name>.md` and, if there is data, `<name>.json`. */
export function writeResults(name: string, markdown: string, json?: string): void {
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  writeFileSync(resultFile(`${name}.md`), markdown);
  if (json !== undefined) writeFileSync(resultFile(`${name}.json`), `${json}\n`);
}
