import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ORIGIN_KEYS } from "../../src/gateway/config/config.ts";
import { resolveConfig } from "../../src/gateway/config/resolve-config.ts";
import { silentHeaders } from "../../src/gateway/http/headers/header-role.ts";
import { BYPASS_REASONS } from "../../src/gateway/http/outcome.ts";
import { PROBLEMS } from "../../src/gateway/http/problem.ts";
import { ORIGINS } from "../../testing/origins/configurations.ts";
import deployed from "../../tidemark.config.ts";
import { codeOf, ROOT, typeErrors } from "./type-check.ts";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

/** Without the blanks that align tables. */
function tablesOf(page: string): string {
  return textOf(page).replaceAll(/ +\|/g, " |");
}

describe("the docs", () => {
  it("list every error code with its status", () => {
    const page = tablesOf("docs/errors.md");
    for (const [code, { status }] of Object.entries(PROBLEMS))
      expect(page).toContain(`\`${code}\` | ${status} |`);
    expect(page.match(/<a id=/g)).toHaveLength(Object.keys(PROBLEMS).length);
  });

  it("list every reason to bypass, and no other", () => {
    const page = tablesOf("docs/cache-status.md");
    const tables = page.slice(page.indexOf("## Reasons to bypass"));
    const listed = [...tables.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, reason]) => reason),
    );
    expect(listed.sort()).toEqual(Object.keys(BYPASS_REASONS).sort());
  });

  it("list every header that SQL must not read, and no other", () => {
    const page = textOf("docs/configuration.md");
    const section = page.slice(page.indexOf("## Headers that SQL must not read"));
    const listed = [...(section.trim().split("\n\n").at(-1) ?? "").matchAll(/`([^`]+)`/g)].map(
      ([, name]) => name,
    );
    expect(listed).toEqual(silentHeaders({ ignore: new Set(), key: new Set() }));
  });

  it("give the settings for other PostgREST hosts as they are tested", () => {
    const page = textOf("docs/any-postgrest.md");
    for (const { path, key, anonRole } of Object.values(ORIGINS)) {
      expect(page).toContain(`origin: { path: "${path}", key: "${key}", anonRole: "${anonRole}" }`);
    }
    for (const key of ORIGIN_KEYS) expect(page).toContain(`| \`"${key}"\``);
  });

  it("have no link that leads nowhere", () => {
    for (const page of PAGES) {
      for (const [, target = ""] of textOf(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
        expect(existsSync(join(ROOT, dirname(page), target)), `${page} → ${target}`).toBe(true);
      }
    }
  });

  it("have code that type-checks", async () => {
    const blocks = PAGES.flatMap(codeOf);
    expect(blocks.length).toBeGreaterThan(2);
    expect(await typeErrors(new Map(blocks.map((code, index) => [`block-${index}.ts`, code])))).toBe("");
  });
});

it("the gateway accepts the deployed configuration", () => {
  const settings = { SUPABASE_URL: "https://a.supabase.co", SUPABASE_PUBLISHABLE_KEY: "sb_publishable_a" };
  expect(resolveConfig(deployed, settings).origin).toBe("https://a.supabase.co");
});

it("wrangler accepts wrangler.jsonc and the Worker it bundles", async () => {
  const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const { stdout } = await promisify(execFile)(process.execPath, [wrangler, "deploy", "--dry-run"], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" },
  });
  for (const binding of ["env.KV", "env.KEEPER", "env.SUPABASE_URL"]) expect(stdout).toContain(binding);
});
