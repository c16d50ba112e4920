import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

export const ROOT = join(import.meta.dirname, "../..");

/** The package's own entries, from their sources. */
const ENTRIES = {
  tidemark: "cache/tidemark",
  "tidemark/client": "client/client",
  "tidemark/config": "gateway/config/config",
  "tidemark/core": "cache/core",
  "tidemark/gateway": "gateway/gateway",
  "tidemark/hono": "cache/hono",
  "tidemark/keeper": "fence/library-fence",
  "tidemark/test-suite": "cache/test-suite/test-suite",
};

/** The `ts` blocks of a page of Markdown. */
export function codeOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
}

/** What the compiler says against files (name → code) that use the package; empty when it says nothing. */
export async function typeErrors(files: ReadonlyMap<string, string>): Promise<string> {
  mkdirSync(join(ROOT, "node_modules/.cache"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "node_modules/.cache/types-"));
  try {
    for (const [name, code] of files) writeFileSync(join(folder, name), code);
    const paths = Object.entries(ENTRIES).map(([name, file]) => [name, [join(ROOT, `src/${file}.ts`)]]);
    const config = {
      extends: join(ROOT, "tsconfig.base.json"),
      compilerOptions: {
        types: ["@cloudflare/workers-types"],
        noUnusedLocals: false,
        paths: Object.fromEntries(paths),
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
