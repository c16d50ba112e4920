// For tests, in Node: two isolates of a Worker over one D1, one KV and one real keeper.

import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { installD1Sql } from "../../../capture/d1/install-sql.ts";
import { SCHEMA_QUESTIONS, schemaOf } from "../../../capture/d1/schema/schema.ts";
import { BLOG, WATCHING } from "./blog.ts";
import type { Answered, Question } from "./question.ts";

export interface D1Isolates {
  ask(isolate: "a" | "b", question: Question): Promise<Answered>;
  dispose(): Promise<void>;
}

const COMPATIBILITY = "2026-08-01";

export async function d1Isolates(): Promise<D1Isolates> {
  const [user, keeper] = await Promise.all([bundled("user"), bundled("keeper")]);
  const database = { DB: { type: "d1" as const, id: "shared" } };
  const manifest = (contents: string) => ({
    mainModule: "index.js",
    modules: { "index.js": { type: "esm" as const, contents } },
  });
  const worker = (name: string) => ({
    config: {
      name,
      compatibilityDate: COMPATIBILITY,
      env: {
        ...database,
        KV: { type: "kv" as const, id: "shared" },
        KEEPER: { type: "durable-object" as const, worker: "keeper", exportName: "Keeper" },
      },
      manifest: manifest(user),
    },
    dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
  });
  const miniflare = new Miniflare({
    workers: [
      worker("a"),
      worker("b"),
      {
        config: {
          name: "keeper",
          compatibilityDate: COMPATIBILITY,
          env: database,
          exports: { Keeper: { type: "durable-object" as const, storage: "sqlite" as const } },
          manifest: manifest(keeper),
        },
      },
    ],
  });
  await miniflare.ready;
  const bases = {
    a: await miniflare.unsafeGetDirectURL("a"),
    b: await miniflare.unsafeGetDirectURL("b"),
  };
  const isolates: D1Isolates = {
    async ask(isolate, question) {
      const response = await fetch(bases[isolate], { method: "POST", body: JSON.stringify(question) });
      return (await response.json()) as Answered;
    },
    dispose: () => miniflare.dispose(),
  };
  const run = async (sql: string) => {
    const { answer, error } = await isolates.ask("b", { through: "bare", method: "all", sql });
    if (answer === undefined) throw new Error(`${sql}: ${error}`);
    return JSON.parse(answer).results as readonly Record<string, unknown>[];
  };
  for (const sql of BLOG) await run(sql);
  const found: (readonly Record<string, unknown>[])[] = [];
  for (const sql of SCHEMA_QUESTIONS) found.push(await run(sql));
  for (const sql of installD1Sql(schemaOf(found), WATCHING)) await run(sql);
  return isolates;
}

async function bundled(name: string): Promise<string> {
  const result = await build({
    entryPoints: [`${import.meta.dirname}/workers/${name}.ts`],
    bundle: true,
    format: "esm",
    target: "es2024",
    external: ["cloudflare:workers"],
    write: false,
  });
  return result.outputFiles[0]?.text ?? "";
}
