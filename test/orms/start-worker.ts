import { readFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { Miniflare } from "miniflare";
import { generateClients } from "./prisma/generate.ts";

export interface StartedWorkers {
  fetch(name: string, path: string, init?: RequestInit): Promise<Response>;
  /** A database as another program sees it, such as `wrangler d1 execute`. */
  database(binding: string): Promise<D1>;
  dispose(): Promise<void>;
}

/** What Node sees of a database in workerd. */
export type D1 = Awaited<ReturnType<Miniflare["getD1Database"]>>;

export interface WorkersOptions {
  /** The file of the Worker. */
  readonly entry: string;
  /** The file that exports the Durable Object `Keeper`: a script of its own, as scripts share their isolate's memory. */
  readonly keeper: string;
  /** Each is an isolate. */
  readonly names: readonly string[];
  /** Bindings of D1, which the keeper has as well. */
  readonly databases: readonly string[];
  /** Bindings that are texts. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** Workers in workerd, over one KV, one keeper and the same databases. */
export async function startWorkers({
  entry,
  keeper,
  names,
  databases,
  texts = {},
}: WorkersOptions): Promise<StartedWorkers> {
  await generateClients();
  const [worker, object] = await Promise.all([bundle(entry), bundle(keeper)]);
  const common = { compatibilityDate: "2026-08-01", compatibilityFlags: ["nodejs_compat"] };
  const env = {
    ...Object.fromEntries(databases.map((name) => [name, { type: "d1" as const, id: name }])),
    ...Object.fromEntries(
      Object.entries(texts).map(([name, value]) => [name, { type: "text" as const, value }]),
    ),
    KV: { type: "kv" as const, id: "kv" },
    KEEPER: { type: "durable-object" as const, worker: "keeper", exportName: "Keeper" },
  };
  const miniflare = new Miniflare({
    // Prisma warns of each transaction on D1, and tells of each error that it throws.
    handleStructuredLogs: () => {},
    workers: [
      ...names.map((name) => ({
        config: { name, ...common, env, manifest: worker },
        dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
      })),
      {
        config: {
          name: "keeper",
          ...common,
          exports: { Keeper: { type: "durable-object" as const, storage: "sqlite" as const } },
          env,
          manifest: object,
        },
      },
    ],
  });
  await miniflare.ready;
  const bases = new Map(
    await Promise.all(names.map(async (name) => [name, await miniflare.unsafeGetDirectURL(name)] as const)),
  );
  return {
    fetch: (name, path, init) => fetch(new URL(path, bases.get(name)), init),
    database: (binding) => miniflare.getD1Database(binding, names[0]),
    dispose: () => miniflare.dispose(),
  };
}

export interface StartedWorker {
  /** What the Worker answers to `/<path>`, from JSON. An answer that is not OK is an error with its text. */
  get<T>(path: string): Promise<T>;
  dispose(): Promise<void>;
}

/** A Worker of `test/orms/workers`, with a database `PLAIN`, and one that the keeper hears of, `CAPTURED`. */
export async function startWorker(
  name: string,
  texts: Readonly<Record<string, string>> = {},
  keeper = "keeper",
): Promise<StartedWorker> {
  const file = (each: string) => join(import.meta.dirname, "workers", `${each}.ts`);
  const workers = await startWorkers({
    entry: file(name),
    keeper: file(keeper),
    names: ["worker"],
    databases: ["PLAIN", "CAPTURED"],
    texts,
  });
  return {
    async get<T>(path: string) {
      const response = await workers.fetch("worker", `/${path}`);
      if (!response.ok) throw new Error(await response.text());
      return (await response.json()) as T;
    },
    dispose: workers.dispose,
  };
}

type Module =
  | { readonly type: "esm"; readonly contents: string }
  | { readonly type: "wasm"; readonly contents: Uint8Array<ArrayBuffer> };

async function bundle(entry: string) {
  const wasm = new Map<string, Uint8Array<ArrayBuffer>>();
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker"],
    mainFields: ["module", "main"],
    external: ["cloudflare:*", "node:*"],
    plugins: [wasmModules(wasm), nodeModules],
    write: false,
  });
  const modules: Record<string, Module> = {
    "index.js": { type: "esm", contents: outputFiles[0]?.text ?? "" },
  };
  for (const [path, contents] of wasm) modules[path] = { type: "wasm", contents };
  return { mainModule: "index.js", modulesRoot: "/", modules };
}

/** What CommonJS requires of Node, as with wrangler: workerd has it as ES modules. */
const nodeModules: Plugin = {
  name: "node modules",
  setup({ onResolve, onLoad }) {
    const namespace = "node-module";
    onResolve({ filter: new RegExp(`^(node:)?(${builtinModules.join("|")})$`) }, ({ path, kind }) => {
      const name = path.startsWith("node:") ? path : `node:${path}`;
      return kind === "require-call" ? { path: name, namespace } : { path: name, external: true };
    });
    onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: `import all from "${path}"; module.exports = all;`,
    }));
  },
};

/** WebAssembly stays a module of its own, as with wrangler: workerd compiles none at run time. */
function wasmModules(found: Map<string, Uint8Array<ArrayBuffer>>): Plugin {
  return {
    name: "wasm",
    setup({ onResolve }) {
      onResolve({ filter: /\.wasm(\?module)?$/ }, async ({ path, importer }) => {
        const file = join(dirname(importer), path.replace("?module", ""));
        const contents = new Uint8Array(await readFile(file));
        const name = `${found.size}.wasm`;
        found.set(name, contents);
        return { path: `./${name}`, external: true };
      });
    },
  };
}
