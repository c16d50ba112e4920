import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { CAPTURE_SECRET, captureToken } from "../../../../demo/capture.ts";
import { type Supabase, startSupabase } from "../../../../demo/supabase.ts";
import { type Folder, folderWith, type Running, start } from "../../testing/command.ts";

const ROOT = join(import.meta.dirname, "../../../..");
export const ADMIN_SECRET = "the admin's own secret";

export const WRANGLER = JSON.stringify({
  name: "gateway",
  main: "worker.ts",
  compatibility_date: "2026-08-01",
});

interface Developing {
  readonly supabase: Supabase;
  /** Starts `tidemark dev` and waits until it says where it is. */
  start(folder: Folder, ...flags: string[]): Promise<Running & { readonly gateway: string }>;
}

/** For the tests of a file: a project, and `tidemark dev` as often as a test starts it. */
export function developing(): Developing {
  let supabase: Supabase | undefined;
  const started: Running[] = [];
  beforeAll(async () => {
    supabase = await startSupabase();
  });
  afterEach(async () => {
    for (const { child, ended } of started.splice(0)) {
      child.kill("SIGINT");
      await ended;
    }
  });
  afterAll(() => supabase?.stop());
  return {
    get supabase() {
      if (supabase === undefined) throw new Error("the project has not started");
      return supabase;
    },
    async start(folder, ...flags) {
      const running = start(["dev", "--port", "0", ...flags], folder.path);
      started.push(running);
      const [, gateway = ""] = await running.says(/Gateway +(http\S+)/);
      return { ...running, gateway };
    },
  };
}

/** The settings of a gateway before this project. */
export function settingsOf({ url, publishableKey }: Pick<Supabase, "url" | "publishableKey">) {
  return {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEY: publishableKey,
    TIDEMARK_ADMIN_SECRET: ADMIN_SECRET,
  };
}

/** What a gateway needs besides to pull changes. */
export function pullingSettings() {
  return { TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET, TIDEMARK_CAPTURE_TOKEN: captureToken() };
}

/** A Worker that exports these parts of the gateway. The package has no build here, so it takes its sources. */
export function workerExporting(exported: string): string {
  return `
import { createGateway } from ${JSON.stringify(join(ROOT, "src/gateway/gateway.ts"))};
import config from "./tidemark.config.ts";
const gateway = createGateway(config);
export default gateway.worker;
export const { ${exported} } = gateway;
`;
}

interface GatewayFiles {
  readonly worker: string;
  readonly config: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** A folder as `tidemark init` makes it. */
export function gatewayFolder({ worker, config, settings }: GatewayFiles): Folder {
  const folder = folderWith({
    "wrangler.jsonc": WRANGLER,
    "worker.ts": worker,
    "tidemark.config.ts": config,
    ".dev.vars": Object.entries(settings)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(""),
  });
  folder.link("node_modules", join(ROOT, "node_modules"));
  return folder;
}
