// For tests of what one process cannot show: several isolates, cancelled invocations. Runs in Node.

import { build } from "esbuild";
import { Miniflare } from "miniflare";

export interface Isolates {
  /** Sends a request to the worker `name`. Each worker is an isolate. */
  fetch(name: string, path: string, init?: { readonly signal?: AbortSignal }): Promise<Response>;
  dispose(): Promise<void>;
}

/** A keeper has its own script, because in workerd it would share the memory of callers in the same script. */
const KEEPER = "keeper";

/**
 * Workers of the same source, one isolate each, over one KV, and a worker `caller` whose requests to them can be
 * cancelled: `/<name>/<path>?cancel=<ms>` aborts the call after so long, as when a client has gone.
 *
 * @param source a module's text; it may import "tidemark" and "tidemark/keeper"
 * @param keeper the same, of a script that exports the Durable Object `Keeper`, which the workers have as `KEEPER`
 */
export async function isolates(names: readonly string[], source: string, keeper?: string): Promise<Isolates> {
  const contents = await bundle(source);
  const binding = keeper && {
    KEEPER: { type: "durable-object" as const, worker: KEEPER, exportName: "Keeper" },
  };
  const modules = (text: string) => ({
    mainModule: "index.js",
    modules: { "index.js": { type: "esm" as const, contents: text } },
  });
  const socket = [{ host: "127.0.0.1", port: 0 }];
  const miniflare = new Miniflare({
    workers: [
      {
        config: {
          name: "caller",
          compatibilityDate: "2026-08-01",
          env: Object.fromEntries(names.map((name) => [name, { type: "worker" as const, worker: name }])),
          manifest: modules(CALLER),
        },
        dev: { unsafeDirectSockets: socket },
      },
      ...names.map((name) => ({
        config: {
          name,
          compatibilityDate: "2026-08-01",
          env: {
            KV: { type: "kv" as const, id: "shared" },
            NAME: { type: "text" as const, value: name },
            ...binding,
          },
          manifest: modules(contents),
        },
      })),
      ...(keeper
        ? [
            {
              config: {
                name: KEEPER,
                compatibilityDate: "2026-08-01",
                exports: { Keeper: { type: "durable-object" as const, storage: "sqlite" as const } },
                manifest: modules(await bundle(keeper)),
              },
            },
          ]
        : []),
    ],
  });
  await miniflare.ready;
  const base = await miniflare.unsafeGetDirectURL("caller");
  return {
    fetch: (name, path, init) => fetch(new URL(`/${name}${path}`, base), init),
    dispose: () => miniflare.dispose(),
  };
}

const CALLER = `export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const [, name, ...path] = url.pathname.split("/");
    const abort = new AbortController();
    const cancel = url.searchParams.get("cancel");
    if (cancel !== null) setTimeout(() => abort.abort(), Number(cancel));
    try {
      return await env[name].fetch("http://worker/" + path.join("/") + url.search, { signal: abort.signal });
    } catch (error) {
      return new Response(String(error), { status: 499 });
    }
  },
};`;

async function bundle(source: string): Promise<string> {
  const result = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: "ts" },
    alias: {
      "tidemark/d1": `${import.meta.dirname}/../../drivers/d1/d1.ts`,
      "tidemark/keeper": `${import.meta.dirname}/../../fence/library-fence.ts`,
      "tidemark/pg": `${import.meta.dirname}/../../drivers/pg/pg.ts`,
      tidemark: `${import.meta.dirname}/../tidemark.ts`,
    },
    bundle: true,
    format: "esm",
    target: "es2024",
    external: ["cloudflare:workers"],
    write: false,
  });
  return result.outputFiles[0]?.text ?? "";
}
