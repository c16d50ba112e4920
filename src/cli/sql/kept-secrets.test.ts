import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { runToEnd } from "../testing/command.ts";
import { migrationSql } from "./migration-sql.ts";
import { database, folder, useDatabaseAndFolder } from "./testing/database-and-folder.ts";

const SECRET = "the-secret-of-this-test";
const NUDGE = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;

useDatabaseAndFolder();

const hashOf = (secret: string) => createHash("sha256").update(secret).digest("hex");
const madeIn = (stderr: string, name = "TIDEMARK_CAPTURE_SECRET") =>
  stderr.match(new RegExp(`secret put ${name}\\n\\s+(\\S+)`))?.[1] ?? "";

async function taken(secret: string): Promise<boolean> {
  const asked = database.query("select tidemark_changes($1, pg_snapshot '1:1:'::text)", [secret]);
  return asked.then(
    () => true,
    (error: Error) => {
      expect(error.message).toBe("tidemark: wrong secret");
      return false;
    },
  );
}

test("the secrets of .dev.vars are kept, run after run, and never printed", async () => {
  folder.write(".dev.vars", `TIDEMARK_CAPTURE_SECRET="${SECRET}"\nTIDEMARK_NUDGE_SECRET=${NUDGE}\n`);
  const args = ["sql", "--nudge", "notify"];
  const first = await runToEnd(args, folder.path);
  expect(first.stdout).toContain(hashOf(SECRET));
  expect(first.stderr).toContain("the one of .dev.vars");
  expect(first.stdout + first.stderr).not.toContain(SECRET);
  expect(first.stderr).not.toContain(NUDGE);
  expect((await runToEnd(args, folder.path)).stdout).toBe(first.stdout);
});

test("the environment goes before .dev.vars, and --env reads that environment's", async () => {
  folder.write(".dev.vars", `TIDEMARK_CAPTURE_SECRET=${SECRET}`);
  folder.write(".dev.vars.staging", "TIDEMARK_CAPTURE_SECRET=the-secret-of-staging");
  folder.write("wrangler.toml", 'name = "a"\n[env.staging.vars]\nA = "b"\n');
  const environment = { TIDEMARK_CAPTURE_SECRET: "the-secret-of-the-shell" };
  const shell = await runToEnd(["sql"], folder.path, environment);
  expect(shell.stdout).toContain(hashOf(environment.TIDEMARK_CAPTURE_SECRET));
  const staging = await runToEnd(["sql", "--env", "staging"], folder.path);
  expect(staging.stdout).toContain(hashOf("the-secret-of-staging"));
  const unknown = await runToEnd(["sql", "--env", "stagging"], folder.path);
  expect(unknown).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("It has staging") });
});

test("--rotate makes new secrets, and both count until the SQL without it has run", async () => {
  folder.write(".dev.vars", `TIDEMARK_CAPTURE_SECRET=${SECRET}\nTIDEMARK_NUDGE_SECRET=${NUDGE}\n`);
  const rotated = await runToEnd(["sql", "--rotate", "--nudge", "notify"], folder.path);
  const fresh = madeIn(rotated.stderr);
  expect(Buffer.from(fresh, "base64url")).toHaveLength(32);
  expect(madeIn(rotated.stderr, "TIDEMARK_NUDGE_SECRET")).toMatch(/^whsec_/);
  expect(rotated.stderr).not.toContain(NUDGE);
  expect(rotated.stderr).not.toContain(SECRET);
  await database.exec(rotated.stdout);
  expect([await taken(SECRET), await taken(fresh)]).toEqual([true, true]);
  folder.write(".dev.vars", `TIDEMARK_CAPTURE_SECRET=${fresh}`);
  await database.exec((await runToEnd(["sql"], folder.path)).stdout);
  expect([await taken(SECRET), await taken(fresh)]).toEqual([false, true]);
});

test("a migration of init takes no secret away while another is about to replace it", async () => {
  folder.write(".dev.vars", `TIDEMARK_CAPTURE_SECRET=${SECRET}\n`);
  const rotated = await runToEnd(["sql", "--rotate"], folder.path);
  await database.exec(rotated.stdout);
  const unattended = migrationSql({
    ...{ secrets: [SECRET], replaces: false, schemas: ["public"], defaultSchema: "public" },
    ...{ caller: "anon", roles: [], relations: ["public.articles"] },
  });
  await expect(database.exec(unattended)).rejects.toThrow("this database has another secret, too");
  await database.exec("rollback").catch(() => {});
  expect([await taken(SECRET), await taken(madeIn(rotated.stderr))]).toEqual([true, true]);
  await database.exec((await runToEnd(["sql"], folder.path)).stdout);
  await database.exec(unattended);
  expect([await taken(SECRET), await taken(madeIn(rotated.stderr))]).toEqual([true, false]);
});

test("where no secret is found, the SQL replaces none that the database has", async () => {
  const first = await runToEnd(["sql"], folder.path);
  await database.exec(first.stdout);
  await database.exec(first.stdout);
  const made = madeIn(first.stderr);
  const second = await runToEnd(["sql"], folder.path);
  await expect(database.exec(second.stdout)).rejects.toThrow("this database has a secret already");
  await database.exec("rollback").catch(() => {});
  expect([await taken(made), await taken(madeIn(second.stderr))]).toEqual([true, false]);
  const rotated = await runToEnd(["sql", "--rotate"], folder.path);
  await database.exec(rotated.stdout);
  expect([await taken(made), await taken(madeIn(rotated.stderr))]).toEqual([false, true]);
});
