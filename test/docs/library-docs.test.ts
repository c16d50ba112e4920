import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PASS_THROUGH } from "../../src/drivers/sql/pass-through.ts";
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
/** What Prisma's generator writes, of a model \`Post\`. */
declare class PrismaClient {
  constructor(options: { adapter: import("@prisma/adapter-d1").PrismaD1 | import("@prisma/adapter-pg").PrismaPg });
  readonly post: {
    findMany(args: { cacheStrategy?: import("tidemark/prisma").CacheStrategy }): Promise<{ id: number }[]>;
  };
  $extends(extension: import("tidemark/prisma").TidemarkExtension): PrismaClient & {
    readonly $accelerate: import("tidemark/prisma").Invalidations;
  };
}
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

test("every reason to pass a statement through is in the table of the drivers' page, and no other", () => {
  const page = readFileSync(join(DOCS, "drivers.md"), "utf8");
  const section = page.slice(page.indexOf("## What passes through"), page.indexOf("## Options"));
  const listed = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, reason]) => reason);
  expect(listed).toEqual(Object.keys(PASS_THROUGH));
});

test("every event is in the table of the page on watching", () => {
  const page = readFileSync(join(DOCS, "watching.md"), "utf8");
  const source = readFileSync(join(ROOT, "src/cache/entry/events.ts"), "utf8");
  const types = new Set([...source.matchAll(/readonly type: "([^"]+)"/g)].map(([, type]) => type));
  expect(types.size).toBeGreaterThan(10);
  for (const type of types) expect(page).toContain(`\`${type}\``);
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
