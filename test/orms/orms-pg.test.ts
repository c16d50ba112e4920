import { afterAll, describe } from "vitest";
import { startPostgres } from "../../testing/postgres.ts";
import type { Finding } from "./compare.ts";
import { expectFindings } from "./expect-findings.ts";
import { startWorker } from "./start-worker.ts";

// `pg` in workerd, on a real Postgres.

const postgres = await startPostgres();
afterAll(() => postgres.stop());

async function findings(orm: "drizzle" | "kysely"): Promise<Finding[]> {
  const admin = postgres.sql({ max: 1 });
  const url = async (name: string) => {
    await admin.unsafe(`CREATE DATABASE ${name}`);
    return postgres.url.replace(/[^/]+$/, name);
  };
  const [plain, captured] = [await url(`${orm}_plain`), await url(`${orm}_captured`)];
  const worker = await startWorker(`${orm}/pg`, { PLAIN_URL: plain, CAPTURED_URL: captured });
  try {
    return await worker.get<Finding[]>("compare");
  } finally {
    await worker.dispose();
  }
}

const [drizzle, kysely] = [await findings("drizzle"), await findings("kysely")];

describe("Drizzle", () => {
  expectFindings(drizzle, {
    caching: false,
    throwing: [
      "a table that does not exist",
      "insert that breaks a constraint",
      "a transaction that is rolled back",
    ],
  });
});

describe("Kysely", () => {
  expectFindings(kysely, {
    caching: false,
    throwing: ["insert that breaks a constraint", "a transaction that is rolled back"],
  });
});
