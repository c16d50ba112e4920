import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

export const ROOT = join(import.meta.dirname, "../..");

/** The package's entries by name, as source paths: `exports` with `dist` replaced. */
function entries(): Record<string, string[]> {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const found: Record<string, string[]> = {};
  for (const [subpath, target] of Object.entries<{ default?: string }>(exports)) {
    if (target.default === undefined) continue;
    const source = target.default.replace("./dist/", "src/").replace(/\.js$/, ".ts");
    found[subpath.replace(".", "tidemark")] = [join(ROOT, source)];
  }
  return found;
}

/** The `ts` blocks of a page of Markdown. */
export function codeOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  // Those of a list's items are indented.
  return [...text.matchAll(/^ *```ts\n([\s\S]*?)^ *```$/gm)].map(([, code = ""]) => code);
}

/** The compiler's errors for files (name → code) that use the package; empty if there are none. */
export async function typeErrors(files: ReadonlyMap<string, string>): Promise<string> {
  mkdirSync(join(ROOT, "node_modules/.cache"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "node_modules/.cache/types-"));
  try {
    for (const [name, code] of files) writeFileSync(join(folder, name), code);
    const config = {
      extends: join(ROOT, "tsconfig.base.json"),
      compilerOptions: {
        types: ["@cloudflare/workers-types"],
        noUnusedLocals: false,
        paths: entries(),
      },
      include: ["*.ts"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", folder]).catch(
      (error: { stdout: string }) => error,
    );
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
