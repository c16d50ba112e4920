import { createHash, createHmac } from "node:crypto";
import type { PGlite } from "@electric-sql/pglite";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openPglite } from "../../../testing/pglite.ts";
import { removeCaptureSql } from "../../capture/capture-sql.ts";
import { type Folder, folderWith, runToEnd } from "../testing/command.ts";

const CONFIG = `export default {
  schemas: ["public", "archive"],
  tables: { articles: { dependsOn: ["authors"] }, shown: true, counts: true, "archive.articles": true },
};`;

const SCHEMA = `
  create table authors (id int primary key, name text);
  create table articles (id int primary key, author_id int references authors, title text);
  create schema archive;
  create table archive.articles (id int primary key);
  create view shown as select * from articles;
  create materialized view counts as select count(*) from articles;
`;

const SECRET = "the-secret-of-this-test";

let database: PGlite;
beforeAll(async () => {
  database = await openPglite();
  await database.exec("create role anon nologin; create role authenticated nologin");
});
afterAll(() => database.close());

let folder: Folder;
beforeEach(async () => {
  folder = folderWith({ "tidemark.config.ts": CONFIG });
  await database.exec(removeCaptureSql());
  await database.exec(
    "drop schema public cascade; create schema public; drop schema if exists archive cascade",
  );
  await database.exec(SCHEMA);
});
afterEach(() => folder[Symbol.dispose]());

async function sqlOf(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout, exitCode, stderr } = await runToEnd(["sql", ...args], folder.path, {
    TIDEMARK_CAPTURE_SECRET: SECRET,
    ...env,
  });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stdout;
}

async function watched(): Promise<unknown[]> {
  const { rows } = await database.query<{ name: string }>(
    "select relation::text as name from tidemark.watched order by 1",
  );
  return rows.map(({ name }) => name);
}

test("its SQL runs repeatedly: it watches tables, and warns of those it cannot watch", async () => {
  const sql = await sqlOf();
  const notices: string[] = [];
  await database.exec(sql, { onNotice: ({ severity, message }) => notices.push(`${severity} ${message}`) });
  expect(await watched()).toEqual(["archive.articles", "articles", "authors"]);
  expect(notices.filter((notice) => notice.startsWith("WARNING"))).toEqual([
    'WARNING tidemark does not watch "public"."counts": public.counts is not a table',
    'WARNING tidemark does not watch "public"."shown": public.shown is not a table',
  ]);

  await database.exec("select tidemark.watch('authors', columns => array['name'])");
  await database.exec(sql);
  expect(await watched()).toEqual(["archive.articles", "articles", "authors"]);
  const { rows } = await database.query(
    "select columns from tidemark.watched where relation = 'authors'::regclass",
  );
  expect(rows).toEqual([{ columns: ["name"] }]);

  await database.exec("insert into authors values (1, 'Ada'); insert into articles values (1, 1, 'Notes')");
  const pulled = await database.query<{ answer: { changes: object[] } }>(
    "select tidemark_changes($1, pg_snapshot '1:1:'::text) as answer",
    [SECRET],
  );
  expect(
    pulled.rows[0]?.answer.changes.filter((change) => "type" in change && change.type === "INSERT"),
  ).toHaveLength(2);

  await database.exec(await sqlOf(["--remove"]));
  const left = await database.query("select from pg_proc where proname like 'tidemark%'");
  expect(left.rows).toEqual([]);
  expect((await database.query("select from pg_namespace where nspname = 'tidemark'")).rows).toEqual([]);
});

test("what the configuration prints is none of the SQL", async () => {
  folder.write("tidemark.config.ts", `console.log("loaded"); process.stdout.write("twice");\n${CONFIG}`);
  const { stdout, stderr } = await runToEnd(["sql"], folder.path);
  expect(stdout).not.toMatch(/loaded|twice/);
  expect(stdout).toMatch(/^-- Made by tidemark/);
  expect(stderr).toMatch(/^loaded\ntwice/);
});

test("a name that does not exist in the database is an error", async () => {
  const sql = await sqlOf(["--tables", "articles,atricles"]);
  await expect(database.exec(sql)).rejects.toThrow('relation "public.atricles" does not exist');
});

test("--tables needs no configuration, and accepts names in other schemas", async () => {
  using other = folderWith({});
  const { stdout } = await runToEnd(["sql", "--tables", "authors, archive.articles"], other.path);
  await database.exec(stdout);
  expect(await watched()).toEqual(["archive.articles", "authors"]);
});

test("--schema-only describes the schema, and captures nothing", async () => {
  await database.exec(await sqlOf(["--schema-only"]));
  const { rows } = await database.query<{ answer: { version: unknown; schema: object } }>(
    "select tidemark_schema($1) as answer",
    [SECRET],
  );
  expect(rows[0]?.answer.version).toBeNull();
  expect(Object.keys(rows[0]?.answer.schema ?? {})).toContain("archive.articles");
});

test("a configured secret is used and never printed; the SQL contains only its hash", async () => {
  const env = { TIDEMARK_CAPTURE_SECRET: SECRET, MINE: "another secret of mine" };
  const { stdout, stderr } = await runToEnd(["sql"], folder.path, env);
  expect(stdout).toContain(createHash("sha256").update(SECRET).digest("hex"));
  expect(stdout + stderr).not.toContain(SECRET);
  const named = await runToEnd(["sql", "--secret-env", "MINE"], folder.path, env);
  expect(named.stdout).toContain(createHash("sha256").update("another secret of mine").digest("hex"));
  expect(named.stdout + named.stderr).not.toContain("another secret of mine");
  const missing = await runToEnd(["sql", "--secret-env", "NONE"], folder.path, env);
  expect(missing).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringContaining("has no NONE") });
});

test("a secret that is too short is refused, and not printed", async () => {
  const short = "fifteen letters";
  for (const [args, given] of [
    [["sql"], { TIDEMARK_CAPTURE_SECRET: short }],
    [["sql", "--secret-env", "MINE"], { MINE: short }],
    [["sql", "--schema-only"], { TIDEMARK_CAPTURE_SECRET: short }],
    [["sql", "--nudge", "notify"], { TIDEMARK_NUDGE_SECRET: `whsec_${btoa(short)}` }],
    [["sql", "--nudge-url", "https://cache.example"], { TIDEMARK_NUDGE_SECRET: `whsec_${btoa(short)}` }],
    [["sql", "--nudge", "notify"], { TIDEMARK_NUDGE_SECRET: "not whsec and base64" }],
  ] as const) {
    const { stdout, stderr, exitCode } = await runToEnd(args, folder.path, given);
    expect([args, stdout, exitCode !== 0]).toEqual([args, "", true]);
    expect(stderr).toMatch(/(?:TIDEMARK_CAPTURE_SECRET|MINE|nudge secret) is (?:shorter than 16|not whsec_)/);
    for (const value of Object.values(given)) expect(stderr).not.toContain(value);
  }
});

test("without one it generates a secret of 256 bits, and prints it with the next steps", async () => {
  const { stdout, stderr } = await runToEnd(["sql"], folder.path);
  const [, secret = ""] = stderr.match(/secret put TIDEMARK_CAPTURE_SECRET\n\s+(\S+)/) ?? [];
  expect(Buffer.from(secret, "base64url")).toHaveLength(32);
  expect(stdout).toContain(createHash("sha256").update(secret).digest("hex"));
  expect(stdout).not.toContain(secret);
  const again = await runToEnd(["sql"], folder.path);
  expect(again.stderr).not.toContain(secret);
});

test("--jwt-secret-env makes a token for the keeper's role, valid for years", async () => {
  const JWT = "a JWT secret of at least 32 characters";
  const { stdout, stderr } = await runToEnd(["sql", "--jwt-secret-env", "JWT"], folder.path, { JWT });
  const [, header = "", claims = "", signature] = stderr.match(/(ey[\w-]+)\.([\w-]+)\.([\w-]+)/) ?? [];
  expect(signature).toBe(createHmac("sha256", JWT).update(`${header}.${claims}`).digest("base64url"));
  const told = JSON.parse(Buffer.from(claims, "base64url").toString()) as { role: string; exp: number };
  expect(told.role).toBe("tidemark_keeper");
  expect(told.exp * 1_000).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000);
  expect(stdout + stderr).not.toContain(JWT);
  expect(stdout).not.toContain(signature);
  const short = await runToEnd(["sql", "--jwt-secret-env", "JWT"], folder.path, { JWT: "short" });
  expect(short).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringContaining("32 characters") });
});

test("--nudge-url: the database signs in the way that the gateway verifies", async () => {
  const { stdout, stderr } = await runToEnd(["sql", "--nudge-url", "https://cache.example/"], folder.path);
  const [, secret = ""] = stderr.match(/secret put TIDEMARK_NUDGE_SECRET\n\s+(whsec_\S+)/) ?? [];
  expect(stderr).toContain("keep it out of the repository");
  await database.exec(stdout);
  const { rows } = await database.query<{ nudge_url: string; signature: string }>(
    "select s.nudge_url, tidemark.signature(s, $1) from tidemark.settings s",
    ["msg_1.1.{}"],
  );
  expect(rows[0]?.nudge_url).toBe("https://cache.example/_tidemark/nudge");
  expect(rows[0]?.signature).toBe(new Webhook(secret).sign("msg_1", new Date(1_000), "{}"));
});

test("--nudge notify: the next step is the relay, and the SQL holds no secret", async () => {
  const env = { TIDEMARK_NUDGE_SECRET: `whsec_${Buffer.alloc(32, 1).toString("base64")}` };
  const { stdout, stderr } = await runToEnd(["sql", "--nudge", "notify"], folder.path, env);
  expect(stdout).not.toContain(env.TIDEMARK_NUDGE_SECRET);
  expect(stderr).toContain("npx tidemark relay");
  expect(stderr).not.toContain(env.TIDEMARK_NUDGE_SECRET);
  await database.exec(stdout);
  let heard = 0;
  await database.listen("tidemark", () => {
    heard += 1;
  });
  await database.exec("insert into authors values (1, 'Ada')");
  expect(heard).toBe(1);
});

test("--caller and the first schema say who may call what", async () => {
  await database.exec(await sqlOf(["--caller", "anon"]));
  const { rows } = await database.query(
    `select r as role, has_function_privilege(r, 'public.tidemark_changes(text, text, text, bigint, int)', 'execute') as may
     from unnest(array['anon', 'authenticated', 'tidemark_keeper']) r`,
  );
  expect(rows).toEqual([
    { role: "anon", may: true },
    { role: "authenticated", may: false },
    { role: "tidemark_keeper", may: true },
  ]);
});

test("S1. who may ask who shows a token: the roles that the configuration lists, and nobody else", async () => {
  using other = folderWith({
    "tidemark.config.ts": `export default { tables: { articles: true }, audiences: { roles: ["members"] } }`,
  });
  await database.exec("create role members nologin");
  const { stdout } = await runToEnd(["sql"], other.path, { TIDEMARK_CAPTURE_SECRET: SECRET });
  await database.exec(stdout);
  const { rows } = await database.query<{ name: string }>(
    "select rolname as name from pg_roles where rolname in ('members', 'authenticated', 'anon') and has_function_privilege(oid, 'public.tidemark_whoami(json)', 'execute')",
  );
  expect(rows).toEqual([{ name: "members" }]);
});
