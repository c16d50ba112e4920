// Real D1, in workerd. Runs in Node.

import { build } from "esbuild";
import { Miniflare } from "miniflare";
import type { TestDatabase } from "./test-database.ts";
import type { TrialReport, TrialRequest } from "./trial.ts";

export interface D1Laboratory {
  /** Runs random statements, and tells what they lost. */
  trial(request: TrialRequest): Promise<TrialReport>;
  /** The database that trials watch. */
  readonly database: TestDatabase;
  dispose(): Promise<void>;
}

export async function d1Laboratory(): Promise<D1Laboratory> {
  const built = await build({
    entryPoints: [`${import.meta.dirname}/workers/trial.ts`],
    ...{ bundle: true, format: "esm", target: "es2024", write: false },
  });
  const miniflare = new Miniflare({
    workers: [
      {
        config: {
          name: "trial",
          compatibilityDate: "2026-08-01",
          env: { WATCHED: { type: "d1", id: "watched" }, BARE: { type: "d1", id: "bare" } },
          manifest: {
            mainModule: "index.js",
            modules: { "index.js": { type: "esm", contents: built.outputFiles[0]?.text ?? "" } },
          },
        },
      },
    ],
  });
  const base = await miniflare.ready;
  return {
    database: await miniflare.getD1Database("WATCHED", "trial"),
    async trial(request) {
      const response = await fetch(base, { method: "POST", body: JSON.stringify(request) });
      if (!response.ok) throw new Error(await response.text());
      return (await response.json()) as TrialReport;
    },
    dispose: () => miniflare.dispose(),
  };
}
