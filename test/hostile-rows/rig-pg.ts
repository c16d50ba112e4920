import { join } from "node:path";
import { captureSql } from "../../src/capture/capture-sql.ts";
import { SECRET, SECRET_HASH } from "../../src/capture/testing/database.ts";
import { startPostgres } from "../../testing/postgres.ts";
import { startWorkers } from "../orms/start-worker.ts";
import type { PgAsked, PgStep } from "./steps.ts";

export interface PgAnswer {
  readonly value?: unknown;
  readonly error?: string;
  readonly type?: "hit" | "stale" | "miss" | "pass-through";
  readonly reason?: string;
  readonly detail?: string;
}

/** A Postgres with these tables, of which capture watches those named, two isolates and a keeper. */
export async function startPgRig(schema: string, tables: readonly string[]) {
  const postgres = await startPostgres();
  const sql = postgres.sql({ max: 1 });
  await sql.unsafe(schema);
  const relations = tables.map((relation) => ({ relation }));
  await sql.unsafe(captureSql({ tables: relations, secretHash: SECRET_HASH }));
  const entry = join(import.meta.dirname, "workers/pg.ts");
  const texts = { DATABASE_URL: postgres.url, SECRET };
  const workers = await startWorkers({ entry, keeper: entry, names: ["a", "b"], databases: [], texts });
  return {
    sql,
    async steps(
      steps: readonly PgStep[],
      asked: PgAsked = {},
      isolate: "a" | "b" = "a",
    ): Promise<PgAnswer[]> {
      const response = await workers.fetch(isolate, "/", {
        method: "POST",
        body: JSON.stringify({ steps, ...asked }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return JSON.parse(text) as PgAnswer[];
    },
    async stop() {
      await workers.dispose();
      await postgres.stop();
    },
  };
}
