import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeOf, ROOT, typeErrors } from "./type-check.ts";

const DOCS = join(ROOT, "docs/library");

/** What the pages use without introducing it. */
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
declare function loadFeed(): Promise<unknown[]>;
declare function loadPosts(db: D1Database, author: string): Promise<{ id: string }[]>;
declare function loadUser(db: D1Database, id: string): Promise<User | undefined>;
declare function loadUsers(db: D1Database, ids: readonly string[]): Promise<User[]>;
declare function saveUser(db: D1Database, id: string, name: string): Promise<User>;
declare function savePost(db: D1Database, id: string): Promise<{ id: string }>;
declare function loadArticle(db: D1Database, id: string): Promise<{ id: string; author: string }>;
declare function loadConfig(db: D1Database): Promise<Record<string, string>>;
declare function countEverything(db: D1Database): Promise<{ users: number }>;
declare function test(name: string, run: () => Promise<void>): void;
`;

test("every code block in the library's pages type-checks", async () => {
  const files = new Map([["ambient.d.ts", AMBIENT]]);
  for (const page of readdirSync(DOCS).filter((name) => name.endsWith(".md"))) {
    for (const [index, code] of codeOf(`docs/library/${page}`).entries()) {
      files.set(`${page.replace(".md", "")}-${index + 1}.ts`, withImports(code));
    }
  }
  expect(files.size).toBeGreaterThan(25);
  expect(await typeErrors(files)).toBe("");
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

/** A page imports what it introduces, and assumes `cache` and `key`. */
function withImports(code: string): string {
  const known = [];
  if (!/import \{[^}]*\bkey\b[^}]*\} from "tidemark(\/core)?"/.test(code))
    known.push('import { key } from "tidemark";');
  if (!/\b(import|const) [^;]*\bcreateCache\b[^;]*from/.test(code))
    known.push('import { createCache } from "tidemark";');
  if (!/const cache\b/.test(code)) known.push("declare const cache: ReturnType<typeof createCache>;");
  return `${known.join("\n")}\n${code}\nexport {};\n`;
}
