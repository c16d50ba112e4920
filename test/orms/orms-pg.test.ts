import type { Sql } from "postgres";
import { afterAll, describe } from "vitest";
import { captureSql } from "../../src/capture/capture-sql.ts";
import { SECRET, SECRET_HASH } from "../../src/capture/testing/database.ts";
import { startPostgres } from "../../testing/postgres.ts";
import type { Finding } from "./compare.ts";
import { expectFindings } from "./expect-findings.ts";
import { startWorker } from "./start-worker.ts";
import { BLOG_PG } from "./workers/blog/pg.ts";

// `pg` in workerd, on a real Postgres.

const postgres = await startPostgres();
afterAll(() => postgres.stop());

/** A database with the tables, and its address. */
async function database(name: string): Promise<[sql: Sql, url: string]> {
  await postgres.sql({ max: 1 }).unsafe(`CREATE DATABASE ${name}`);
  const sql = postgres.sql({ max: 1, database: name });
  for (const statement of BLOG_PG) await sql.unsafe(statement);
  return [sql, postgres.url.replace(/[^/]+$/, name)];
}

async function findings(orm: "drizzle" | "kysely"): Promise<Finding[]> {
  const [, plain] = await database(`${orm}_plain`);
  const [sql, captured] = await database(`${orm}_captured`);
  const tables = ["authors", "posts", "tags", "posts_tags"].map((name) => ({ relation: `public.${name}` }));
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

const [drizzle, kysely] = [await findings("drizzle"), await findings("kysely")];

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
