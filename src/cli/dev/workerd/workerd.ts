import { randomUUID } from "node:crypto";
import type { Json, Miniflare, MiniflareOptions, WorkerOptions } from "miniflare";
import { BUNDLE_NAME } from "./bundle-sources.ts";
import { processesWith } from "./processes.ts";
import type { DevTools } from "./tools.ts";
import { Watchdog } from "./watchdog.ts";

type WorkerConfig = WorkerOptions["config"];
type Bindings = NonNullable<WorkerConfig["env"]>;

interface DevWorker {
  readonly name: string;
  /** One module, as `bundleWorker` makes it. */
  readonly code: string;
  /** Default: 0, which takes any free one. */
  readonly port?: number;
}

export interface WorkerdOptions {
  /** They share KV and one keeper. Each is one isolate. */
  readonly workers: readonly DevWorker[];
  /** The name of the one in whose script the keeper lives. */
  readonly keeper: string;
  /** The name of the one in whose script the keeper's mirrors live. Default: there are none. */
  readonly mirrors?: string;
  /** Settings, as the wrangler file and secrets give them. Texts, or what JSON has. */
  readonly env: Readonly<Record<string, unknown>>;
  /** The folder for KV and Durable Objects. Without one, they end with the process. */
  readonly persist?: string;
  readonly compatibilityDate?: string;
  readonly compatibilityFlags?: readonly string[];
  /** Gets each line that a Worker logs. */
  readonly onLog: (line: { readonly level: string; readonly message: string }) => void;
  /** End workerd even if this process is killed with SIGKILL. */
  readonly guarded?: boolean;
}

export interface Workerd {
  /** The address of a Worker. It is a socket of workerd's own, because Miniflare's entry re-encodes bodies. */
  urlOf(name: string): string;
  /** The namespace that the Workers share. Call it again after a kill: Miniflare's handle does not survive that. */
  kv(): ReturnType<Miniflare["getKVNamespace"]>;
  /** Puts other code in the Workers' place, and other mirrors and settings, on the same addresses and with the same storage. */
  replace(workers: readonly DevWorker[], changed?: Pick<WorkerdOptions, "mirrors" | "env">): Promise<void>;
  /** Kills workerd with SIGKILL. Resolves when Miniflare has restarted it with the state on disk. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export const COMPATIBILITY_DATE = "2026-08-01";

/** Starts Workers in workerd, with KV and Durable Objects. Rejects when workerd does not start. */
export async function startWorkerd(
  { miniflare: package_ }: DevTools,
  given: WorkerdOptions,
): Promise<Workerd> {
  let options = given;
  const marker = `TIDEMARK_WORKERD=${randomUUID()}`;
  let restarted = () => {};
  const watchdog = options.guarded ? new Watchdog() : undefined;
  const guard = () => watchdog?.watch(processesWith(marker));
  const optionsWith = (workers: readonly DevWorker[]): MiniflareOptions => ({
    workers: workers.map((worker) => ({
      config: configOf(worker, options),
      dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: worker.port ?? 0 }] },
    })),
    host: "127.0.0.1",
    port: 0,
    cf: false, // otherwise Miniflare downloads a sample of request.cf
    enableDevRegistry: false,
    telemetry: { enabled: false },
    log: new package_.Log(package_.LogLevel.NONE),
    handleStructuredLogs: options.onLog,
    unsafeRuntimeEnv: Object.fromEntries([marker.split("=")]),
    unsafeHandleRuntimeRestart: () => {
      guard();
      restarted();
    },
    ...(options.persist !== undefined && { resourcePersistencePath: options.persist }),
  });

  let { workers } = given;
  const miniflare = new package_.Miniflare(optionsWith(workers));
  const stop = async () => {
    await miniflare.dispose();
    await watchdog?.release();
  };
  try {
    await miniflare.ready;
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
  guard();
  const urls = new Map<string, string>();
  for (const { name } of workers) urls.set(name, (await miniflare.unsafeGetDirectURL(name)).origin);

  return {
    urlOf(name) {
      const url = urls.get(name);
      if (url !== undefined) return url;
      throw new Error(`No Worker is named ${name}. There are: ${[...urls.keys()].join(", ")}`);
    },
    kv: () => miniflare.getKVNamespace("KV", workers[0]?.name),
    async replace(others, changed) {
      // What is bound no more must not stay from before.
      if (changed) options = { ...given, ...changed };
      // Else each would get another port.
      workers = others.map((worker) => ({
        ...worker,
        port: Number(new URL(urls.get(worker.name) ?? "http://x:0").port),
      }));
      await miniflare.setOptions(optionsWith(workers));
      guard();
    },
    async kill() {
      const restart = new Promise<void>((resolve) => {
        restarted = resolve;
      });
      for (const pid of processesWith(marker)) process.kill(pid, "SIGKILL");
      await restart;
    },
    stop,
  };
}

function configOf({ name, code }: DevWorker, options: WorkerdOptions): WorkerConfig {
  const { keeper, mirrors, env, compatibilityDate = COMPATIBILITY_DATE, compatibilityFlags = [] } = options;
  return {
    name,
    compatibilityDate,
    compatibilityFlags: [...compatibilityFlags],
    env: {
      KV: { type: "kv", id: "tidemark" },
      KEEPER: { type: "durable-object", worker: keeper, exportName: "Keeper" },
      ...(mirrors !== undefined && {
        MIRROR: { type: "durable-object", worker: mirrors, exportName: "Mirror" },
      }),
      ...Object.fromEntries(Object.entries(env).map(([key, value]) => [key, bindingOf(value)])),
    },
    exports: {
      Origin: { type: "worker" },
      ...(name === keeper && { Keeper: { type: "durable-object", storage: "sqlite" } }),
      ...(name === mirrors && { Mirror: { type: "durable-object", storage: "sqlite" } }),
    },
    manifest: { mainModule: BUNDLE_NAME, modules: { [BUNDLE_NAME]: { type: "esm", contents: code } } },
  };
}

function bindingOf(value: unknown): Bindings[string] {
  return typeof value === "string" ? { type: "text", value } : { type: "json", value: value as Json };
}
