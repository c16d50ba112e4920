import { join } from "node:path";
import { unstable_splitSqlQuery as statementsOf } from "wrangler";
import { captureSql } from "../orms/migrate.ts";
import { startWorkers } from "../orms/start-worker.ts";
import type { Step } from "./steps.ts";

export interface Answer {
  readonly value: unknown;
  readonly changes: number;
  /** What the driver said of the statement. */
  readonly type?: "hit" | "stale" | "miss" | "pass-through";
  readonly reason?: string;
}

/** Two isolates, a keeper, a D1 of which it hears, and another one with the same tables. */
export async function startRig(schema: string) {
  const entry = join(import.meta.dirname, "workers/d1.ts");
  const workers = await startWorkers({ entry, keeper: entry, names: ["a", "b"], databases: ["DB", "OTHER"] });
  const [database, other] = [await workers.database("DB"), await workers.database("OTHER")];
  for (const each of [database, other])
    for (const statement of statementsOf(schema)) await each.prepare(statement).run();
  for (const statement of statementsOf(await captureSql(database, {})))
    await database.prepare(statement).run();
  return {
    database,
    async steps(steps: readonly Step[], freshness = "60s", isolate: "a" | "b" = "a"): Promise<Answer[]> {
      const body = JSON.stringify({ steps, freshness });
      const response = await workers.fetch(isolate, "/", { method: "POST", body });
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return JSON.parse(text) as Answer[];
    },
    stop: () => workers.dispose(),
  };
}
