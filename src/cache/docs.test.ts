import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const DOCS = join(ROOT, "docs/library");

/** What the pages speak of without saying where it comes from. */
const AMBIENT = `
interface Env {
  readonly KV: KVNamespace;
  readonly DB: D1Database;
  readonly KEEPER: DurableObjectNamespace<import("tidemark/keeper").LibraryKeeper>;
}
interface User { readonly id: string; readonly name: string }
declare const env: Env;
declare const ctx: ExecutionContext;
declare const id: string;
declare const queue: Queue;
declare function loadUser(db: D1Database, id: string): Promise<User | undefined>;
declare function loadUsers(db: D1Database, ids: readonly string[]): Promise<User[]>;
declare function saveUser(db: D1Database, id: string, name: string): Promise<User>;
declare function savePost(db: D1Database, id: string): Promise<{ id: string }>;
declare function loadArticle(db: D1Database, id: string): Promise<{ id: string; author: string }>;
declare function loadConfig(db: D1Database): Promise<Record<string, string>>;
declare function countEverything(db: D1Database): Promise<{ users: number }>;
declare function test(name: string, run: () => Promise<void>): void;
`;

test("every block of code in the library's pages is right by the types", async () => {
  mkdirSync(join(ROOT, "node_modules/.cache"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "node_modules/.cache/docs-"));
  try {
    const blocks = readdirSync(DOCS)
      .filter((page) => page.endsWith(".md"))
      .flatMap((page) => blocksOf(page));
    expect(blocks.length).toBeGreaterThan(25);
    for (const { name, code } of blocks) writeFileSync(join(folder, name), withImports(code));
    writeFileSync(join(folder, "ambient.d.ts"), AMBIENT);
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(CONFIG));
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", folder]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe("");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("every link between the library's pages leads somewhere", () => {
  for (const page of readdirSync(DOCS)) {
    const text = readFileSync(join(DOCS, page), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect(() => readdirSync(join(DOCS, target, ".."))).not.toThrow();
      expect(readdirSync(join(DOCS, target, "..")), `${page} → ${target}`).toContain(
        target.split("/").at(-1),
      );
    }
  }
});

function blocksOf(page: string): { readonly name: string; readonly code: string }[] {
  const text = readFileSync(join(DOCS, page), "utf8");
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""], index) => ({
    name: `${page.replace(".md", "")}-${index + 1}.ts`,
    code,
  }));
}

/** A page imports what it introduces, and takes `cache` and `key` as known. */
function withImports(code: string): string {
  const known = [];
  if (!/import \{[^}]*\bkey\b[^}]*\} from "tidemark"/.test(code))
    known.push('import { key } from "tidemark";');
  if (!/\b(import|const) [^;]*\bcreateCache\b[^;]*from/.test(code))
    known.push('import { createCache } from "tidemark";');
  if (!/const cache\b/.test(code)) known.push("declare const cache: ReturnType<typeof createCache>;");
  return `${known.join("\n")}\n${code}\nexport {};\n`;
}

const CONFIG = {
  extends: join(ROOT, "tsconfig.base.json"),
  compilerOptions: {
    types: ["@cloudflare/workers-types"],
    noUnusedLocals: false,
    paths: {
      tidemark: [join(ROOT, "src/cache/tidemark.ts")],
      "tidemark/hono": [join(ROOT, "src/cache/hono.ts")],
      "tidemark/keeper": [join(ROOT, "src/keeper/library-fence.ts")],
      "tidemark/test-suite": [join(ROOT, "src/cache/test-suite.ts")],
    },
  },
  include: ["*.ts"],
};
