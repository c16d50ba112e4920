import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BIOME = fileURLToPath(new URL("../../node_modules/@biomejs/biome/bin/biome", import.meta.url));
const RESULTS_FOLDER = new URL("../results/", import.meta.url);

export function resultFile(name: string): URL {
  return new URL(name, RESULTS_FOLDER);
}

/** Writes `bench/results/<name>.md` and, if there is data, `<name>.json`, as `biome ci` wants them. */
export function writeResults(name: string, markdown: string, data?: object): void {
  const texts = new Map([[`${name}.md`, markdown]]);
  if (data !== undefined) texts.set(`${name}.json`, `${JSON.stringify(data, null, 1)}\n`);
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  // First as they are: the figures of half an hour are not lost with whatever ends Biome.
  for (const [file, text] of texts) writeFileSync(resultFile(file), text);
  for (const [file, text] of texts) writeFileSync(resultFile(file), laidOut(file, text));
}

interface Outcome {
  /** In Markdown. */
  readonly text: string;
  readonly report: object;
  /** What makes the figures worth nothing. */
  readonly faults: readonly string[];
  readonly write: boolean;
}

/** Prints a report and writes it if told so. The process ends with 1 if there are faults, of which it prints the first. */
export function deliver(name: string, { text, report, faults, write }: Outcome): void {
  process.stdout.write(`\n${text}`);
  for (const fault of faults.slice(0, 20)) process.stderr.write(`${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
  if (write) writeResults(name, text, report);
}

/** As Biome formats a result of this name. */
export function laidOut(name: string, text: string): string {
  const args = [BIOME, "format", `--stdin-file-path=bench/results/${name}`];
  return execFileSync(process.execPath, args, {
    ...{ cwd: ROOT, input: text, encoding: "utf8", stdio: ["pipe", "pipe", "inherit"] },
    maxBuffer: Number.POSITIVE_INFINITY,
  });
}
