import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { removeFolder } from "../../testing/remove-folder.ts";
import { JWT_SECRET, roleToken } from "../capture.ts";
import { type Supabase, startSupabase } from "../supabase.ts";
import { configFile } from "./config.ts";
import { admit } from "./keys.ts";
import { startPostgrest } from "./process.ts";

// No registry that tests may use has PostgREST, so a stand-in tests the code that starts it. If you have the real one,
// POSTGREST_BIN=/path npm test runs everything in front of it.

const folder = mkdtempSync(join(tmpdir(), "tidemark-stand-in-"));
afterAll(() => removeFolder(folder));

function executable(name: string, script: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const standIn = () =>
  executable(
    "stand-in",
    `exec "${process.execPath}" "${join(import.meta.dirname, "testing/stand-in.ts")}" "$@"`,
  );

test("the configuration file has Supabase's settings, and quotes what must be quoted", () => {
  const file = configFile({
    databaseUrl: 'postgres://u:p"\\@h/d',
    schemas: ["public", "a b"],
    port: 1,
    adminPort: 2,
  });
  expect(file.split("\n")).toEqual([
    'db-uri = "postgres://u:p\\"\\\\@h/d"',
    'db-schemas = "public, a b"',
    'db-anon-role = "anon"',
    "db-aggregates-enabled = true",
    'db-channel = "pgrst"',
    "db-channel-enabled = true",
    `jwt-secret = "${JWT_SECRET}"`,
    'server-host = "127.0.0.1"',
    "server-port = 1",
    'admin-server-host = "127.0.0.1"',
    "admin-server-port = 2",
    'log-level = "error"',
    "",
  ]);
});

describe("keys become tokens of roles", () => {
  const keys = { publishableKey: "sb_publishable_x", secretKey: "sb_secret_x" };
  const anon = { authorization: `Bearer ${roleToken("anon")}` };
  test.each([
    ["the publishable key", { apikey: "sb_publishable_x" }, anon],
    [
      "the same as a token, too",
      { apikey: "sb_publishable_x", authorization: "Bearer sb_publishable_x" },
      anon,
    ],
    [
      "a user's token beside it",
      { apikey: "sb_publishable_x", authorization: "Bearer e.y.J" },
      { authorization: "Bearer e.y.J" },
    ],
    ["the secret key", { apikey: "sb_secret_x" }, { authorization: `Bearer ${roleToken("service_role")}` }],
    ["the legacy key of anonymous readers", { apikey: roleToken("anon") }, anon],
    ["no key", {}, { refused: "No API key found in request", hint: expect.any(String) }],
    [
      "a key of another project",
      { apikey: "sb_publishable_y" },
      { refused: "Invalid API key", hint: expect.any(String) },
    ],
  ])("%s", (_, headers, expected) => {
    expect(admit(new Headers(headers), keys)).toEqual(expected);
  });
});

describe("an unusable binary is reported, with the reason", () => {
  const start = (binary: string) =>
    startPostgrest({ binary, databaseUrl: "postgres://nobody@127.0.0.1:1/none", schemas: ["public"] });

  test("there is none", async () => {
    await expect(start("/nowhere/postgrest")).rejects.toThrow(
      /POSTGREST_BIN=\/nowhere\/postgrest does not run: .*ENOENT/,
    );
  });
  test("it is something else", async () => {
    await expect(start(executable("other", "echo GNU tar"))).rejects.toThrow(
      /is not PostgREST: it says "GNU tar/,
    );
  });
  test("it ends", async () => {
    const failing = executable(
      "failing",
      '[ "$1" = --version ] && echo PostgREST 16.2 && exit\necho "no such database" >&2\nexit 3',
    );
    await expect(start(failing)).rejects.toThrow(
      /\(PostgREST 16\.2\) cannot be used: it ended with 3\nno such database/,
    );
  });
});

describe("with POSTGREST_BIN", () => {
  let supabase: Supabase;
  beforeAll(async () => {
    vi.stubEnv("POSTGREST_BIN", standIn());
    supabase = await startSupabase();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await supabase?.stop();
  });
  const client = (key: string) =>
    createClient(supabase.url, key, { auth: { persistSession: false, autoRefreshToken: false } });
  const drafts = async (key: string) =>
    (await client(key).from("articles").select("id", { count: "exact", head: true }).eq("draft", true)).count;

  test("each key has its role", async () => {
    expect(await drafts(supabase.publishableKey)).toBe(0);
    expect(await drafts(supabase.secretKey)).toBe(24);
    expect((await fetch(`${supabase.url}/rest/v1/articles`)).status).toBe(401);
  });

  test("a new user is signed in, and reads as a user", async () => {
    const user = client(supabase.publishableKey);
    expect((await user.auth.signUp({ email: "a@b.example", password: "correct horse" })).error).toBeNull();
    expect((await user.from("articles").select("id").eq("draft", true)).data).toHaveLength(24);
    const written = await user.from("tags").insert({ name: "by a user" }).select().single();
    expect(written.error).toBeNull();
  });

  test("changes by SQL and by the API are delivered before their promise resolves, and nudge", async () => {
    const told: string[] = [];
    let nudges = 0;
    supabase.onChange((payload) => told.push((payload as { type: string }).type));
    supabase.onNudge(() => {
      nudges += 1;
    });
    await supabase.db.query("update tags set name = name || '!' where id = 1");
    expect(told).toEqual(["UPDATE"]);
    await client(supabase.secretKey).from("tags").insert({ name: "by the API" });
    expect(told).toEqual(["UPDATE", "INSERT"]);
    await expect.poll(() => nudges).toBeGreaterThan(0);
  });

  test("a table made while running can be read at once", async () => {
    await supabase.db.exec("create table scraps (id int primary key); insert into scraps values (1)");
    const response = await fetch(`${supabase.url}/rest/v1/scraps`, {
      headers: { apikey: supabase.publishableKey },
    });
    expect([response.status, await response.json()]).toEqual([200, [{ id: 1 }]]);
  });

  test("numbers of direct SQL are exact", async () => {
    const rows = await supabase.db.query("select big, exact from samples order by id limit 1");
    expect(rows).toEqual([{ big: 9007199254740993n, exact: "1.00" }]);
  });
});
