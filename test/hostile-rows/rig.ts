import { join } from "node:path";
import { unstable_splitSqlQuery as statementsOf } from "wrangler";
import type { D1CaptureOptions } from "../../src/capture/d1/options.ts";
import { captureSql } from "../orms/migrate.ts";
import { type D1, startWorkers } from "../orms/start-worker.ts";
import type { Step } from "./worker.ts";

export interface Answer {
  readonly value?: unknown;
  readonly error?: string;
  /** What the driver said of the statement. */
  readonly type?: "hit" | "stale" | "miss" | "pass-through";
  readonly reason?: string;
  readonly detail?: string;
  readonly events: readonly { readonly type: string; readonly reason?: string }[];
}

export interface Rig {
  readonly database: D1;
  steps(steps: readonly Step[], isolate?: "a" | "b"): Promise<Answer[]>;
  /** Runs a script as `wrangler d1 execute` does. */
  script(sql: string): Promise<void>;
  capture(options?: D1CaptureOptions): Promise<void>;
  dispose(): Promise<void>;
}

/** Two isolates, a keeper and a D1, whose reads reflect all that was committed before them. */
export async function startRig(): Promise<Rig> {
  const entry = join(import.meta.dirname, "worker.ts");
  const workers = await startWorkers({ entry, keeper: entry, names: ["a", "b"], databases: ["DB"] });
  const database = await workers.database("DB");
  const script = async (sql: string) => {
    for (const statement of statementsOf(sql)) await database.prepare(statement).run();
  };
  return {
    database,
    script,
    async steps(steps, isolate = "a") {
      const response = await workers.fetch(isolate, "/", { method: "POST", body: JSON.stringify(steps) });
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return JSON.parse(text) as Answer[];
    },
    capture: async (options = {}) => script(await captureSql(database, options)),
    dispose: workers.dispose,
  };
}
