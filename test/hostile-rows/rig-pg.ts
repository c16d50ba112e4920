import { join } from "node:path";
import { captureSql } from "../../src/capture/capture-sql.ts";
import { SECRET, SECRET_HASH } from "../../src/capture/testing/database.ts";
import { until } from "../../testing/patience.ts";
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
  const run = async (
    steps: readonly PgStep[],
    asked: PgAsked = {},
    isolate: "a" | "b" = "a",
  ): Promise<PgAnswer[]> => {
    const response = await workers.fetch(isolate, "/", {
      method: "POST",
      body: JSON.stringify({ steps, ...asked }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return JSON.parse(text) as PgAnswer[];
  };
  return {
    sql,
    steps: run,
    /** The answers once all of them are hits. On a busy machine, a keeper may be too late to prove one now and then. */
    hits: (steps: readonly PgStep[], asked: PgAsked = {}) =>
      until("all are hits", async () => {
        const answers = await run(steps, asked);
        return answers.every(({ type }) => type === "hit") && answers;
      }),
    async stop() {
      await workers.dispose();
      await postgres.stop();
    },
  };
}
