import "./no-telemetry.ts";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare, type MiniflareOptions, type WorkerOptions } from "miniflare";
import { processesWith } from "./workerd-process.ts";

type WorkerConfig = WorkerOptions["config"];
type Bindings = NonNullable<WorkerConfig["env"]>;

export interface GatewayOptions {
  /** The Worker's settings, as `wrangler.jsonc` and secrets would give them. */
  env: Record<string, string>;
  /** The first Worker's port. Default: 0, which takes any free one. */
  port?: number;
  /** The folder for KV and Durable Objects. Without one, they end with the process. */
  persist?: string;
  /** The path of the module that exports the Worker, `Keeper` and `Origin`. Default: the demo's. */
  entry?: string;
  /**
   * Names of Workers that share KV and one keeper, which then lives in its own script. One Worker is one isolate
   * here, so use this to observe a change from several isolates. Default: one Worker, with the keeper in its script.
   */
  isolates?: string[];
  /** More Workers in the same workerd, with the same bindings: name → path of the module. */
  peers?: Record<string, string>;
  /** Gets each line that a Worker logs. Default: prints workerd's errors to stderr and drops the rest. */
  onLog?: (line: { level: string; message: string }) => void;
}

export interface Gateway {
  /** The first Worker's. Every URL is a socket of workerd's own, because Miniflare's entry re-encodes bodies. */
  url: string;
  /** The URL of an isolate or peer, by name. */
  urlOf(name: string): string;
  /** The namespace that the Workers share. Call it again after `kill`: Miniflare's handle does not survive that. */
  kv(): ReturnType<Miniflare["getKVNamespace"]>;
  /** Kills workerd with SIGKILL. Resolves when Miniflare has restarted it with the state on disk. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export const COMPATIBILITY_DATE = "2026-08-01";
const KEEPER_SCRIPT = "keeper";

/** Starts the gateway in workerd, with KV and Durable Objects. Rejects when workerd does not start. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { isolates = ["gateway"], peers = {}, port = 0 } = options;
  const [first = "gateway"] = isolates;
  const keeperScript = options.isolates === undefined ? first : KEEPER_SCRIPT;
  const entry = options.entry ?? fileURLToPath(new URL("workers/gateway.ts", import.meta.url));
  const marker = `TIDEMARK_WORKERD=${randomUUID()}`;
  let restarted = () => {};

  const env: Bindings = {
    KV: { type: "kv", id: "tidemark" },
    KEEPER: { type: "durable-object", worker: keeperScript, exportName: "Keeper" },
    ...Object.fromEntries(
      Object.entries(options.env).map(([name, value]) => [name, { type: "text", value }]),
    ),
  };
  const scripts = new Map([
    ...isolates.map((name): [string, string] => [name, entry]),
    ...Object.entries(peers),
  ]);
  if (options.isolates !== undefined) scripts.set(KEEPER_SCRIPT, entry);
  const bundles = new Map<string, string>();
  for (const path of new Set(scripts.values())) bundles.set(path, await bundle(path));

  const miniflareOptions: MiniflareOptions = {
    workers: [...scripts].map(([name, path]) => ({
      config: {
        name,
        compatibilityDate: COMPATIBILITY_DATE,
        env,
        exports: {
          Origin: { type: "worker" },
          ...(name === keeperScript && { Keeper: { type: "durable-object", storage: "sqlite" } }),
        },
        manifest: {
          mainModule: "index.js",
          modules: { "index.js": { type: "esm", contents: bundles.get(path) ?? "" } },
        },
      },
      dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: name === first ? port : 0 }] },
    })),
    host: "127.0.0.1",
    port: 0,
    cf: false, // otherwise Miniflare downloads a sample of request.cf
    enableDevRegistry: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: options.onLog ?? errorsToStderr,
    unsafeRuntimeEnv: Object.fromEntries([marker.split("=")]),
    unsafeHandleRuntimeRestart: () => restarted(),
    ...(options.persist !== undefined && { resourcePersistencePath: options.persist }),
  };
  const miniflare = new Miniflare(miniflareOptions);
  try {
    await miniflare.ready;
  } catch (error) {
    await miniflare.dispose().catch(() => {});
    throw error;
  }
  const urls = new Map<string, string>();
  for (const name of scripts.keys()) urls.set(name, (await miniflare.unsafeGetDirectURL(name)).origin);
  const urlOf = (name: string) => {
    const url = urls.get(name);
    if (url === undefined)
      throw new Error(`No Worker is named ${name}. There are: ${[...urls.keys()].join(", ")}`);
    return url;
  };

  return {
    url: urlOf(first),
    urlOf,
    kv: () => miniflare.getKVNamespace("KV", first),
    async kill() {
      const restart = new Promise<void>((resolve) => {
        restarted = resolve;
      });
      for (const pid of processesWith(marker)) process.kill(pid, "SIGKILL");
      await restart;
    },
    stop: () => miniflare.dispose(),
  };
}

/** Bundles a Worker and everything it imports into one module. */
export async function bundle(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker"],
    external: ["cloudflare:*"],
    sourcemap: "inline",
    logLevel: "silent", // the error it throws says the same
  });
  return outputFiles[0]?.text ?? "";
}

function errorsToStderr({ level, message }: { level: string; message: string }): void {
  if (level === "error") console.error(message);
}
