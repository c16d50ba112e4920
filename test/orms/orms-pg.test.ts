import type { Sql } from "postgres";
import { afterAll, describe } from "vitest";
import { captureSql } from "../../src/capture/capture-sql.ts";
import { SECRET, SECRET_HASH } from "../../src/capture/testing/database.ts";
import { startPostgres } from "../../testing/postgres.ts";
import type { Finding } from "./compare.ts";
import { expectFindings } from "./expect-findings.ts";
import { TABLES_PG } from "./prisma/pg/tables.ts";
import { startWorker } from "./start-worker.ts";
import { BLOG_PG } from "./workers/blog/pg.ts";

// `pg` in workerd, on a real Postgres.

const postgres = await startPostgres();
afterAll(() => postgres.stop());

/** A database with the tables, and its address. */
async function database(name: string, statements: readonly string[]): Promise<[sql: Sql, url: string]> {
  await postgres.sql({ max: 1 }).unsafe(`CREATE DATABASE ${name}`);
  const sql = postgres.sql({ max: 1, database: name });
  for (const statement of statements) await sql.unsafe(statement);
  return [sql, postgres.url.replace(/[^/]+$/, name)];
}

async function findings(
  orm: "drizzle" | "kysely" | "prisma",
  statements: readonly string[],
  names: readonly string[],
): Promise<Finding[]> {
  const [, plain] = await database(`${orm}_plain`, statements);
  const [sql, captured] = await database(`${orm}_captured`, statements);
  const tables = names.map((name) => ({ relation: `public.${name}` }));
  await sql.unsafe(captureSql({ tables, secretHash: SECRET_HASH }));
  const worker = await startWorker(
    `${orm}/pg`,
    { PLAIN_URL: plain, CAPTURED_URL: captured, CAPTURE_SECRET: SECRET },
    "keeper-pg",
  );
  try {
    return await worker.get<Finding[]>("compare");
  } finally {
    await worker.dispose();
  }
}

const BLOGS = ["authors", "posts", "tags", "posts_tags"];
const PRISMAS = ["authors", "profiles", "posts", "tags", "_PostToTag"];

const drizzle = await findings("drizzle", BLOG_PG, BLOGS);
const kysely = await findings("kysely", BLOG_PG, BLOGS);
const prisma = await findings("prisma", TABLES_PG, PRISMAS);

describe("Drizzle", () => {
  expectFindings(drizzle, {
    caching: true,
    throwing: [
      "a table that does not exist",
      "insert that breaks a constraint",
      "a transaction that is rolled back",
    ],
  });
});

describe("Kysely", () => {
  expectFindings(kysely, {
    caching: true,
    throwing: ["insert that breaks a constraint", "a transaction that is rolled back"],
  });
});

describe("Prisma", () => {
  expectFindings(prisma, {
    caching: true,
    throwing: [
      "an argument that does not exist",
      "a unique constraint",
      "a foreign key",
      "an update of none",
      "an interactive transaction that is rolled back",
    ],
  });
});
