import "./no-telemetry.ts";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorker } from "../src/cli/dev/workerd/bundle.ts";
import { loadTools } from "../src/cli/dev/workerd/tools.ts";
import { startWorkerd, type Workerd } from "../src/cli/dev/workerd/workerd.ts";

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
  /** Whether the entry exports `Mirror`, which then lives in a script of its own. Default: false. */
  mirrors?: boolean;
  /** More Workers in the same workerd, with the same bindings: name → path of the module. */
  peers?: Record<string, string>;
  /** Gets each line that a Worker logs. Default: prints workerd's errors to stderr and drops the rest. */
  onLog?: (line: { level: string; message: string }) => void;
}

export interface Gateway extends Omit<Workerd, "replace"> {
  /** The first Worker's. */
  url: string;
}

const KEEPER_SCRIPT = "keeper";
const MIRROR_SCRIPT = "mirrors";
const tools = await loadTools(join(import.meta.dirname, ".."));

/** Starts the gateway in workerd, with KV and Durable Objects. Rejects when workerd does not start. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { isolates = ["gateway"], peers = {}, port = 0, mirrors = false } = options;
  const [first = "gateway"] = isolates;
  const keeper = options.isolates === undefined ? first : KEEPER_SCRIPT;
  const entry = options.entry ?? fileURLToPath(new URL("workers/gateway.ts", import.meta.url));
  const scripts = new Map([
    ...isolates.map((name): [string, string] => [name, entry]),
    ...Object.entries(peers),
  ]);
  if (options.isolates !== undefined) scripts.set(KEEPER_SCRIPT, entry);
  if (mirrors) scripts.set(MIRROR_SCRIPT, entry);
  const bundles = new Map<string, string>();
  for (const path of new Set(scripts.values())) bundles.set(path, await bundle(path));

  const workerd = await startWorkerd(tools, {
    workers: [...scripts].map(([name, path]) => ({
      name,
      code: bundles.get(path) ?? "",
      port: name === first ? port : 0,
    })),
    keeper,
    ...(mirrors && { mirrors: MIRROR_SCRIPT }),
    env: options.env,
    onLog: options.onLog ?? errorsToStderr,
    ...(options.persist !== undefined && { persist: options.persist }),
  });
  return { ...workerd, url: workerd.urlOf(first) };
}

/** Bundles a Worker and everything it imports into one module; once, since sources stay as they are while a process runs. */
export function bundle(path: string): Promise<string> {
  const bundled = BUNDLED.get(path) ?? bundleWorker(tools, path);
  BUNDLED.set(path, bundled);
  return bundled;
}

const BUNDLED = new Map<string, Promise<string>>();

function errorsToStderr({ level, message }: { level: string; message: string }): void {
  if (level === "error") console.error(message);
}
