import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../src/cli/command/command-error.ts";
import { dev } from "../src/cli/dev/dev.ts";
import { assertFree } from "../src/cli/dev/free-port.ts";
import { startLocalGateway } from "../src/cli/dev/local-gateway.ts";
import { formatRequestLine } from "../src/cli/dev/log/request-line.ts";
import { mirroredReaders } from "../src/cli/dev/mirrored-readers.ts";
import { Running } from "../src/cli/dev/running.ts";
import { loadTools } from "../src/cli/dev/workerd/tools.ts";
import { paintFor } from "../src/cli/print/paint.ts";
import { ConfigError } from "../src/gateway/config/config.ts";
import { resolveConfig } from "../src/gateway/config/resolve-config.ts";
import { Nudger } from "../src/relay/nudger.ts";
import { CAPTURE_SECRET, captureToken, NUDGE_SECRET } from "./capture.ts";
import { pastTheGateway } from "./origin-writes.ts";
import { readSettings, SettingError, type Settings, usage } from "./settings.ts";
import { holdState } from "./state.ts";
import { type Supabase, startSupabase } from "./supabase.ts";
import config from "./tidemark.config.ts";
import { welcome } from "./welcome.ts";

const ROOT = join(import.meta.dirname, "..");
const paint = paintFor(process.stdout);

/** Stands for the embedded Supabase before it has an address. */
const NOT_YET_STARTED = { url: "http://127.0.0.1", publishableKey: "sb_publishable_demo" };

try {
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings.help) console.log(usage);
  else if (settings.ownProject) await startWithProject(settings);
  else await start(settings);
} catch (error) {
  if (error instanceof CommandError) console.error(`${error.message}\n  ${error.hint}`);
  else if (error instanceof SettingError || error instanceof ConfigError) console.error(error.message);
  else console.error(error);
  process.exit(1);
}

/** `tidemark dev` in this folder, whose tidemark.config.ts names the project's tables. */
async function startWithProject({ port, stateDir, reset, adminSecret, webhookSecret }: Settings) {
  await dev({
    folder: ROOT,
    port,
    stateDir: join(stateDir, "project"),
    reset,
    defaults: { TIDEMARK_ADMIN_SECRET: adminSecret, TIDEMARK_WEBHOOK_SECRET: webhookSecret },
  });
}

async function start(settings: Settings): Promise<void> {
  // The gateway would say so in the answer to each request, and never become ready.
  const resolved = resolveConfig(config, gatewayEnv(settings, NOT_YET_STARTED));
  if (resolved.doubts.length > 0) throw new ConfigError(resolved.doubts);
  await assertPortFree("PORT", settings.port);
  await assertPortFree("ORIGIN_PORT", settings.originPort);
  const state = holdState(settings.stateDir, settings.reset);
  const running = new Running();
  running.add(state.release);
  if (state.outdated) console.log("The demo's data has changed: starting from clean state.");
  console.log("Starting Supabase and the gateway …");

  const supabase = await startSupabase({
    port: settings.originPort,
    dataDir: state.supabaseDir,
    latency: settings.originLatency,
    onAnswer: (request, response, milliseconds) => {
      const line = pastTheGateway(request, response, milliseconds);
      if (line !== undefined) console.log(formatRequestLine(line, paint));
    },
  });
  running.add(supabase.stop);
  const gateway = await startLocalGateway(await loadTools(ROOT), {
    entry: join(import.meta.dirname, "workers/gateway.ts"),
    port: settings.port,
    persist: state.gatewayDir,
    env: gatewayEnv(settings, supabase),
    paint,
    isQuiet: true,
    mirrored: mirroredReaders(resolved),
  });
  running.add(gateway.stop);
  running.takeSignals();
  const nudger = new Nudger({ gateway: gateway.url, secret: NUDGE_SECRET });
  supabase.onNudge(() => nudger.nudge());
  running.add(() => nudger.stop());
  nudger.nudge();
  await keeperPulls(gateway.url, settings);

  console.log(welcome(gateway.url, supabase, settings, paint));
  await gateway.announced();
}

/** Waits for the keeper's first pull, so that the first line pasted is a miss and the second a hit. Gives up after a minute. */
async function keeperPulls(gateway: string, { adminSecret }: Settings): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const stats = await fetch(`${gateway}/_tidemark/stats`, {
      headers: { authorization: `Bearer ${adminSecret}` },
    });
    const { schemaKnown, pulls } = (await stats.json()) as { schemaKnown?: boolean; pulls?: number };
    if (schemaKnown && (pulls ?? 0) > 0) return;
    await sleep(200);
  }
}

function gatewayEnv(
  settings: Settings,
  { url, publishableKey }: Pick<Supabase, "url" | "publishableKey">,
): Record<string, string> {
  return {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEY: publishableKey,
    TIDEMARK_ADMIN_SECRET: settings.adminSecret,
    TIDEMARK_WEBHOOK_SECRET: settings.webhookSecret,
    TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET,
    TIDEMARK_CAPTURE_TOKEN: captureToken(),
    TIDEMARK_NUDGE_SECRET: NUDGE_SECRET,
    ...(settings.mode !== undefined && { TIDEMARK_MODE: settings.mode }),
  };
}

function assertPortFree(name: string, port: number): Promise<void> {
  return assertFree(
    port,
    (why) => new SettingError(`Port ${port} ${why}. Stop what uses it, or set ${name} to another port.`),
  );
}
