import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError } from "../src/gateway/config/config.ts";
import { resolveConfig } from "../src/gateway/config/resolve-config.ts";
import { Nudger } from "../src/relay/nudger.ts";
import { CAPTURE_SECRET, captureToken, NUDGE_SECRET } from "./capture.ts";
import { paintFor } from "./paint.ts";
import { formatRequestLine, parseRequestLine } from "./request-log.ts";
import { Running } from "./running.ts";
import { readSettings, SettingError, type Settings, usage } from "./settings.ts";
import { holdState } from "./state.ts";
import { type Supabase, startSupabase } from "./supabase.ts";
import config from "./tidemark.config.ts";
import { welcome, welcomeToProject } from "./welcome.ts";
import { type Gateway, startGateway } from "./workerd.ts";

const paint = paintFor(process.stdout);

/** Stands for the embedded Supabase before it has an address. */
const NOT_YET_STARTED = { url: "http://127.0.0.1", publishableKey: "sb_publishable_demo" };

try {
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings.help) console.log(usage);
  else await start(settings);
} catch (error) {
  const isExpected = error instanceof SettingError || error instanceof ConfigError;
  console.error(isExpected ? error.message : error);
  process.exit(1);
}

async function start(settings: Settings): Promise<void> {
  // The gateway would say so in the answer to each request, and never become ready.
  const env = gatewayEnv(settings, settings.project === undefined ? NOT_YET_STARTED : undefined);
  const { doubts } = resolveConfig(config, env);
  if (doubts.length > 0) throw new ConfigError(doubts);
  await assertFree("PORT", settings.port);
  if (settings.project === undefined) await assertFree("ORIGIN_PORT", settings.originPort);
  const state = holdState(settings.stateDir, settings.reset);
  const running = new Running();
  running.add(state.release);
  if (state.outdated) console.log("The demo's data has changed: starting from clean state.");
  console.log(
    settings.project === undefined ? "Starting Supabase and the gateway …" : "Starting the gateway …",
  );

  let supabase: Supabase | undefined;
  if (settings.project === undefined) {
    supabase = await startSupabase({
      port: settings.originPort,
      dataDir: state.supabaseDir,
      latency: settings.originLatency,
    });
    running.add(supabase.stop);
  }
  const gateway = await startGateway({
    port: settings.port,
    persist: state.gatewayDir,
    env: gatewayEnv(settings, supabase),
    onLog: ({ message }) => {
      const line = parseRequestLine(message);
      if (line === undefined) console.error(message);
      else console.log(formatRequestLine(line, paint));
    },
  });
  running.add(gateway.stop);
  running.takeSignals();
  if (supabase !== undefined) {
    const nudger = new Nudger({ gateway: gateway.url, secret: NUDGE_SECRET });
    supabase.onNudge(() => nudger.nudge());
    running.add(() => nudger.stop());
    nudger.nudge();
    await keeperPulls(gateway, settings);
  }

  console.log(
    supabase === undefined
      ? welcomeToProject(gateway.url, settings, paint)
      : welcome(gateway.url, supabase, settings, paint),
  );
}

/** Waits for the keeper's first pull, so that the first line pasted is a miss and the second a hit. Gives up after a minute. */
async function keeperPulls(gateway: Gateway, { adminSecret }: Settings): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const stats = await fetch(`${gateway.url}/_tidemark/stats`, {
      headers: { authorization: `Bearer ${adminSecret}` },
    });
    const { schemaKnown, pulls } = (await stats.json()) as { schemaKnown?: boolean; pulls?: number };
    if (schemaKnown && (pulls ?? 0) > 0) return;
    await sleep(200);
  }
}

function gatewayEnv(
  settings: Settings,
  supabase: Pick<Supabase, "url" | "publishableKey"> | undefined,
): Record<string, string> {
  const url = settings.project?.url ?? supabase?.url;
  const publishableKey = settings.project?.publishableKey ?? supabase?.publishableKey;
  const optional = { SUPABASE_ANON_KEY: settings.project?.anonKey, TIDEMARK_MODE: settings.mode };
  return {
    SUPABASE_URL: url ?? "",
    SUPABASE_PUBLISHABLE_KEY: publishableKey ?? "",
    TIDEMARK_ADMIN_SECRET: settings.adminSecret,
    TIDEMARK_WEBHOOK_SECRET: settings.webhookSecret,
    ...(supabase !== undefined && {
      TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET,
      TIDEMARK_CAPTURE_TOKEN: captureToken(),
      TIDEMARK_NUDGE_SECRET: NUDGE_SECRET,
    }),
    ...Object.fromEntries(Object.entries(optional).filter((entry): entry is [string, string] => !!entry[1])),
  };
}

function assertFree(name: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) => {
      const why = code === "EADDRINUSE" ? "is in use" : `cannot be used (${code})`;
      reject(new SettingError(`Port ${port} ${why}. Stop what uses it, or set ${name} to another port.`));
    });
    server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
  });
}
