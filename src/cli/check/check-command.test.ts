import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Folder, folderWith, runToEnd } from "../testing/command.ts";
import { findings } from "../testing/findings.ts";
import type { Check } from "./check.ts";

const WRANGLER = {
  name: "site",
  main: "worker.ts",
  kv_namespaces: [{ binding: "KV" }],
  durable_objects: { bindings: [{ name: "KEEPER", class_name: "Keeper" }] },
  migrations: [{ tag: "v1", new_sqlite_classes: ["Keeper"] }],
  vars: { SUPABASE_URL: "https://abc.supabase.co", SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x" },
};
const CONFIG = "export default { tables: { articles: true } };";
const SECRETS =
  "TIDEMARK_ADMIN_SECRET=9f8e7d6c5b4a39281706f5e4\nTIDEMARK_CAPTURE_SECRET=0a1b2c3d4e5f60718293a4b5";

const project = (files: Readonly<Record<string, string>> = {}) =>
  folderWith({
    "tidemark.config.ts": CONFIG,
    "worker.ts": "",
    "wrangler.jsonc": JSON.stringify(WRANGLER),
    ".dev.vars": SECRETS,
    ...files,
  });

async function check(folder: Folder, args: readonly string[] = [], env: Record<string, string> = {}) {
  const { stdout, stderr, exitCode } = await runToEnd(["check", "--json", ...args], folder.path, env);
  expect(stderr).toBe("");
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
  expect(exitCode).toBe(ok ? 0 : 1);
  return { ok, checks, found: findings(checks) };
}

test("what would deploy and work passes, with exit code 0", async () => {
  using folder = project();
  expect(await check(folder)).toMatchObject({ ok: true, found: [] });
  const { stdout, exitCode } = await runToEnd(["check"], folder.path);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("✓ tidemark.config.ts caches one table\n");
  expect(stdout).toContain("✓ wrangler.jsonc has what a gateway needs\n");
  expect(stdout).toMatch(/Nothing is wrong, 0 to consider\.\n$/);
});

test.each<[string, Record<string, string>, RegExp]>([
  [
    "a configuration",
    { "tidemark.config.ts": "export default { tables: { articles: { freshness: '10 s' } } }" },
    /^wrong configuration: tidemark\.config\.ts: tables\.articles\.freshness is not a duration \| Did you mean "10s"\?/,
  ],
  [
    "an address that holds PostgREST's path",
    { ".dev.vars": `${SECRETS}\nSUPABASE_URL=https://abc.supabase.co/rest/v1/` },
    /^wrong settings: SUPABASE_URL ends in PostgREST's path \(\.dev\.vars\) \| Leave \/rest\/v1 out/,
  ],
  [
    "a mode in .dev.vars",
    { ".dev.vars": `${SECRETS}\nTIDEMARK_MODE=maybe` },
    /^wrong settings: TIDEMARK_MODE is not a mode \(\.dev\.vars\) \| Write "on"/,
  ],
  [
    "a secret key in vars",
    {
      "wrangler.jsonc": JSON.stringify({
        ...WRANGLER,
        vars: { ...WRANGLER.vars, SUPABASE_PUBLISHABLE_KEY: "sb_secret_hunter2" },
      }),
    },
    /^wrong settings: SUPABASE_PUBLISHABLE_KEY is a secret key, which sees every row \(wrangler\.jsonc\)/,
  ],
  [
    "a template that nobody has filled in",
    {
      "wrangler.jsonc": JSON.stringify({
        ...WRANGLER,
        vars: { ...WRANGLER.vars, SUPABASE_URL: "https://your-project.supabase.co" },
      }),
    },
    /^wrong settings: SUPABASE_URL is still the example's/,
  ],
  [
    "a secret in a file that is committed",
    {
      "wrangler.jsonc": JSON.stringify({
        ...WRANGLER,
        vars: { ...WRANGLER.vars, TIDEMARK_ADMIN_SECRET: "hunter2hunter2hunter2" },
      }),
    },
    /^wrong wrangler: wrangler\.jsonc: TIDEMARK_ADMIN_SECRET is a secret, and wrangler\.jsonc is not the place/,
  ],
  [
    "a missing binding",
    { "wrangler.jsonc": JSON.stringify({ ...WRANGLER, kv_namespaces: [] }) },
    /^wrong wrangler: wrangler\.jsonc does not bind KV \| "kv_namespaces"/,
  ],
  [
    "an entry that is not there",
    { "wrangler.jsonc": JSON.stringify({ ...WRANGLER, main: "src/index.ts" }) },
    /^wrong wrangler: wrangler\.jsonc: "main" is not there: src\/index\.ts/,
  ],
  [
    "bindings of an environment, which inherits none",
    {
      "wrangler.jsonc": `// JSON with comments, and commas at the end
        ${JSON.stringify({ ...WRANGLER, env: { staging: { vars: WRANGLER.vars } } }).replace(/\}$/, ",}")}`,
    },
    /^wrong wrangler: env\.staging of wrangler\.jsonc does not bind KEEPER/,
  ],
  [
    "the mode of an environment",
    {
      "wrangler.jsonc": JSON.stringify({
        ...WRANGLER,
        env: { staging: { ...WRANGLER, vars: { ...WRANGLER.vars, TIDEMARK_MODE: "shadw" } } },
      }),
    },
    /^wrong wrangler: env\.staging of wrangler\.jsonc: TIDEMARK_MODE is not a mode/,
  ],
])("%s is found with path and fix, and nothing repeats a secret", async (_, files, expected) => {
  using folder = project(files);
  const { ok, checks, found } = await check(folder);
  expect(ok).toBe(false);
  expect(found).toContainEqual(expect.stringMatching(expected));
  expect(JSON.stringify(checks)).not.toContain("hunter2");
});

test("--env checks one environment, with its own .dev.vars", async () => {
  const env = { staging: WRANGLER, broken: {} };
  using folder = project({
    "wrangler.jsonc": JSON.stringify({ ...WRANGLER, env }),
    ".dev.vars.staging": `${SECRETS}\nTIDEMARK_MODE=maybe`,
  });
  const { found } = await check(folder, ["--env", "staging"]);
  expect(found).toEqual([expect.stringMatching(/TIDEMARK_MODE is not a mode \(\.dev\.vars\.staging\)/)]);
});

test("the environment of the process goes before files, and TOML is read as well", async () => {
  using folder = project({
    "wrangler.toml": `main = "worker.ts"
[vars]
SUPABASE_URL = "https://abc.supabase.co"
SUPABASE_PUBLISHABLE_KEY = "sb_publishable_x"
[[kv_namespaces]]
binding = "KV"
[[durable_objects.bindings]]
name = "KEEPER"
class_name = "Keeper"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Keeper"]
`,
  });
  folder.remove("wrangler.jsonc");
  expect((await check(folder)).found).toEqual([]);
  const { found } = await check(folder, [], { SUPABASE_URL: "nonsense" });
  expect(found).toEqual([expect.stringContaining("SUPABASE_URL is not a URL (the environment)")]);
});

test("webhooks alone are no mistake, and a secret that wrangler dev would not load is pointed out", async () => {
  using folder = project({
    "wrangler.jsonc": JSON.stringify({ ...WRANGLER, secrets: { required: ["TIDEMARK_ADMIN_SECRET"] } }),
  });
  const { ok, found } = await check(folder);
  expect(ok).toBe(true);
  expect(found).toEqual([
    expect.stringMatching(
      /wrangler dev does not load TIDEMARK_CAPTURE_SECRET, .* does not list it \| "secrets": \{ "required": \["TIDEMARK_ADMIN_SECRET", "TIDEMARK_CAPTURE_SECRET"\] \}$/,
    ),
  ]);
  folder.write(".dev.vars", "TIDEMARK_ADMIN_SECRET=9f8e7d6c5b4a39281706f5e4");
  expect(await check(folder)).toMatchObject({
    ok: true,
    found: [expect.stringMatching(/^warning capture-secret: .*: changes come as webhooks/)],
  });
});

test("I6. says how long a client must remember its writes where answers may be older than that", async () => {
  const allowing = (stale: string) =>
    project({
      "tidemark.config.ts": `export default { tables: { a: { staleWhileRevalidate: "${stale}" } } }`,
    });
  using long = allowing("5m");
  expect(await check(long)).toMatchObject({
    ok: true,
    found: [
      expect.stringMatching(/^warning configuration: an answer may be 310 s old .* tokenLifetime: "310s"/),
    ],
  });
  using short = allowing("50s");
  expect(await check(short)).toMatchObject({ ok: true, found: [] });
});

test("what is to be pasted into wrangler.jsonc has what is there as well", async () => {
  const wrangler = {
    ...WRANGLER,
    kv_namespaces: [{ binding: "OTHER", id: "4711" }],
    durable_objects: { bindings: [{ name: "ROOM", class_name: "Room" }] },
    migrations: [
      { tag: "v2", new_sqlite_classes: ["Room"] },
      { tag: "v3", deleted_classes: ["Hall"] },
    ],
    secrets: { required: [] },
  };
  using folder = project({ "wrangler.jsonc": JSON.stringify(wrangler) });
  expect((await check(folder)).found.map((line) => line.replace(/.* \| /, ""))).toEqual([
    '"kv_namespaces": [{ "binding": "OTHER", "id": "4711" }, { "binding": "KV" }]',
    '"durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }, { "name": "KEEPER", "class_name": "Keeper" }] }',
    '"migrations": [{ "tag": "v2", "new_sqlite_classes": ["Room"] }, { "tag": "v3", "deleted_classes": ["Hall"] }, { "tag": "v4", "new_sqlite_classes": ["Keeper"] }]',
    '"secrets": { "required": ["TIDEMARK_CAPTURE_SECRET", "TIDEMARK_ADMIN_SECRET"] }',
  ]);
});

test("files that begin with the mark of Windows' editors are read like any other", async () => {
  const marked = (text: string) => `\uFEFF${text}`;
  using folder = project({
    "tidemark.config.ts": marked(CONFIG),
    "wrangler.jsonc": marked(JSON.stringify(WRANGLER)),
    ".dev.vars": marked("TIDEMARK_MODE=maybe"),
  });
  expect((await check(folder)).found).toContainEqual(
    expect.stringContaining("TIDEMARK_MODE is not a mode (.dev.vars)"),
  );
});

test("a wrangler file that wrangler could not read is one line and a hint", async () => {
  using folder = project({ "wrangler.jsonc": '{ "name": ' });
  const { stdout, stderr, exitCode } = await runToEnd(["check"], folder.path);
  expect([stdout, exitCode]).toEqual(["", 1]);
  expect(stderr).toMatch(/^tidemark: wrangler\.jsonc cannot be read: ValueExpected in line 1\n {2}\S.*\n$/);
});

test("a wrong variable of wrangler.jsonc is reported once", async () => {
  using folder = project({
    "wrangler.jsonc": JSON.stringify({ ...WRANGLER, vars: { ...WRANGLER.vars, TIDEMARK_MODE: "onn" } }),
  });
  expect((await check(folder)).found).toEqual([expect.stringContaining("TIDEMARK_MODE is not a mode")]);
});

test("this repository's own wrangler.jsonc keeps no secret of .dev.vars from wrangler dev, nor demands one", async () => {
  const own = readFileSync(new URL("../../../wrangler.jsonc", import.meta.url), "utf8");
  using folder = project({ "wrangler.jsonc": own });
  expect((await check(folder)).found.join("\n")).not.toContain("does not load");
});

test("mirrors without their binding are said, and without their class nothing would deploy", async () => {
  const config = "export default { tables: { articles: true }, mirrors: { perRegion: 1 } };";
  using unbound = project({ "tidemark.config.ts": config });
  const told = await check(unbound);
  expect(told.ok).toBe(true);
  expect(told.found).toEqual([
    expect.stringMatching(
      /^warning wrangler: wrangler\.jsonc does not bind MIRROR.* \| .*"KEEPER", "class_name": "Keeper" \}, \{ "name": "MIRROR", "class_name": "Mirror" \}\] \}$/,
    ),
  ]);
  const bindings = [...WRANGLER.durable_objects.bindings, { name: "MIRROR", class_name: "Mirror" }];
  const wrangler = { ...WRANGLER, durable_objects: { bindings } };
  using bound = project({ "tidemark.config.ts": config, "wrangler.jsonc": JSON.stringify(wrangler) });
  expect((await check(bound)).found).toEqual([
    expect.stringMatching(
      /^wrong wrangler: wrangler\.jsonc does not create Mirror.* \| "migrations": \[\{ "tag": "v1", .*\}, \{ "tag": "v2", "new_sqlite_classes": \["Mirror"\] \}\]$/,
    ),
  ]);
  const migrations = [...WRANGLER.migrations, { tag: "v2", new_sqlite_classes: ["Mirror"] }];
  using whole = project({
    ...{ "tidemark.config.ts": config, "wrangler.jsonc": JSON.stringify({ ...wrangler, migrations }) },
  });
  expect(await check(whole)).toMatchObject({ ok: true, found: [] });
});
