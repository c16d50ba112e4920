import "../../../../demo/no-telemetry.ts";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare, type WorkerOptions } from "miniflare";
import { bundle } from "../../../../demo/workerd.ts";
import { processesWith } from "../../../../src/cli/dev/workerd/processes.ts";
import { COMPATIBILITY_DATE } from "../../../../src/cli/dev/workerd/workerd.ts";
import { cpuMsOf } from "../../../harness/load/cpu.ts";
import { type Heap, heapOf, processMemory } from "./heap.ts";

const ISOLATES = ["one", "two"] as const;
const KEEPER = "keeper";

/** `patient`: with timeouts that are never reached. */
export type WorkerName = "gateway" | "patient";

/** Memory of one Worker, and of its process, which it may share with other isolates. */
export interface Memory {
  readonly heap: Heap | null;
  readonly process: { readonly now: number; readonly peak: number } | null;
}

/**
 * The gateway in one workerd and its keeper in another, as Cloudflare runs them on different machines: a busy object
 * must not hold up an isolate that needs nothing from it, and its memory is measured separately.
 */
export interface Deployment {
  /** URLs of the isolates, each on a workerd socket of its own. */
  readonly urls: readonly string[];
  /** CPU time of the two processes so far; null except on Linux. */
  cpuMs(): { readonly keeper: number | null; readonly gateway: number | null };
  memory(): Promise<{ readonly keeper: Memory; readonly isolates: readonly Memory[] }>;
  stop(): Promise<void>;
}

/**
 * @param worker the name of a module in `../workers/`
 * @param env settings of the Worker, as `wrangler.jsonc` and secrets would give them
 */
export async function startDeployment(
  worker: WorkerName,
  env: Readonly<Record<string, string>>,
): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-siege-"));
  const contents = await bundle(fileURLToPath(new URL(`../workers/${worker}.ts`, import.meta.url)));
  const started: Miniflare[] = [];
  const start = async (names: readonly string[]) => {
    const marker = `TIDEMARK_SIEGE=${randomUUID()}`;
    const miniflare = new Miniflare({
      workers: names.map((name) => workerOf(name, contents, env)),
      host: "127.0.0.1",
      port: 0,
      inspectorPort: 0,
      cf: false, // else Miniflare downloads a sample of request.cf
      // The two find each other and share KV through this folder.
      enableDevRegistry: true,
      unsafeDevRegistryPath: join(folder, "registry"),
      unsafeEnableSharedStorage: true,
      resourcePersistencePath: join(folder, "shared"),
      isolatedResourcePersistencePath: join(folder, names[0] ?? ""),
      telemetry: { enabled: false },
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: () => {},
      unsafeRuntimeEnv: Object.fromEntries([marker.split("=")]),
    });
    started.push(miniflare);
    await miniflare.ready;
    const inspector = await miniflare.getInspectorURL();
    const [pid = 0] = processesWith(marker);
    const memoryOf = async (name: string): Promise<Memory> => ({
      heap: await heapOf(inspector, name, (await miniflare.unsafeGetDirectURL(name)).origin),
      process: processMemory(pid),
    });
    return { miniflare, pid, memoryOf };
  };
  const stop = async () => {
    for (const miniflare of started.splice(0)) await miniflare.dispose();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // Comes first because the first Worker holds the KV store, which a busy keeper must not hold up.
    const gateway = await start(ISOLATES);
    const keeper = await start([KEEPER]);
    const urls = await Promise.all(ISOLATES.map((name) => gateway.miniflare.unsafeGetDirectURL(name)));
    return {
      urls: urls.map(({ origin }) => origin),
      cpuMs: () => ({ keeper: cpuMsOf(keeper.pid), gateway: cpuMsOf(gateway.pid) }),
      memory: async () => ({
        keeper: await keeper.memoryOf(KEEPER),
        isolates: await Promise.all(ISOLATES.map((name) => gateway.memoryOf(name))),
      }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function workerOf(name: string, contents: string, env: Readonly<Record<string, string>>): WorkerOptions {
  return {
    config: {
      name,
      compatibilityDate: COMPATIBILITY_DATE,
      env: {
        KV: { type: "kv", id: "tidemark" },
        KEEPER: { type: "durable-object", worker: KEEPER, exportName: "Keeper" },
        ...Object.fromEntries(
          Object.entries(env).map(([key, value]) => [key, { type: "text" as const, value }]),
        ),
      },
      exports: {
        Origin: { type: "worker" },
        ...(name === KEEPER && { Keeper: { type: "durable-object", storage: "sqlite" } }),
      },
      manifest: { mainModule: "index.js", modules: { "index.js": { type: "esm", contents } } },
    },
    dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }], unsafeInspectorProxy: true },
  };
}
