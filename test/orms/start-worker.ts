import { readFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { Miniflare } from "miniflare";
import { generateClients } from "./prisma/generate.ts";

export interface StartedWorker {
  /** What the Worker answers to `/<path>`, from JSON. An answer that is not OK is an error with its text. */
  get<T>(path: string): Promise<T>;
  dispose(): Promise<void>;
}

/**
 * A Worker of `test/orms/workers` in workerd, with two databases: `PLAIN`, and `CAPTURED`, whose keeper has a script of its
 * own, because in workerd it would share the memory of callers in the same script.
 *
 * @param texts further bindings, of both
 */
export async function startWorker(
  name: string,
  texts: Readonly<Record<string, string>> = {},
): Promise<StartedWorker> {
  await generateClients();
  const [worker, keeper] = await Promise.all([bundle(name), bundle("keeper")]);
  const compatibility = { compatibilityDate: "2026-08-01", compatibilityFlags: ["nodejs_compat"] };
  const captured = { type: "d1" as const, id: "captured" };
  const miniflare = new Miniflare({
    // Prisma warns of each transaction on D1.
    handleStructuredLogs: ({ level, message }) => {
      if (level === "error") console.error(message);
    },
    workers: [
      {
        config: {
          name: "worker",
          ...compatibility,
          env: {
            PLAIN: { type: "d1" as const, id: "plain" },
            CAPTURED: captured,
            ...Object.fromEntries(
              Object.entries(texts).map(([key, value]) => [key, { type: "text" as const, value }]),
            ),
            KV: { type: "kv" as const, id: "kv" },
            KEEPER: { type: "durable-object" as const, worker: "keeper", exportName: "Keeper" },
          },
          manifest: worker,
        },
        dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
      },
      {
        config: {
          name: "keeper",
          ...compatibility,
          exports: { Keeper: { type: "durable-object" as const, storage: "sqlite" as const } },
          env: { CAPTURED: captured },
          manifest: keeper,
        },
      },
    ],
  });
  await miniflare.ready;
  const base = await miniflare.unsafeGetDirectURL("worker");
  return {
    async get<T>(path: string) {
      const response = await fetch(new URL(`/${path}`, base));
      if (!response.ok) throw new Error(await response.text());
      return (await response.json()) as T;
    },
    dispose: () => miniflare.dispose(),
  };
}

type Module =
  | { readonly type: "esm"; readonly contents: string }
  | { readonly type: "wasm"; readonly contents: Uint8Array<ArrayBuffer> };

async function bundle(name: string) {
  const wasm = new Map<string, Uint8Array<ArrayBuffer>>();
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "workers", `${name}.ts`)],
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
        const name = `${found.size}.wasm`;
        found.set(name, new Uint8Array(await readFile(file)));
        return { path: `./${name}`, external: true };
      });
    },
  };
}
