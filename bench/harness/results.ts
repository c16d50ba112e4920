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

/** As Biome formats a result of this name. */
export function laidOut(name: string, text: string): string {
  const args = [BIOME, "format", `--stdin-file-path=bench/results/${name}`];
  return execFileSync(process.execPath, args, {
    ...{ cwd: ROOT, input: text, encoding: "utf8", stdio: ["pipe", "pipe", "inherit"] },
    maxBuffer: Number.POSITIVE_INFINITY,
  });
}
