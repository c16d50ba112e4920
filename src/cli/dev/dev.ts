import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { CommandError } from "../command/command-error.ts";
import { paintFor } from "../print/paint.ts";
import { assertFree } from "./free-port.ts";
import { holdFolder } from "./hold-folder.ts";
import { startLocalGateway } from "./local-gateway.ts";
import { mirroredReaders } from "./mirrored-readers.ts";
import { assertOriginAnswers, assertTablesAnswer } from "./origin-answers.ts";
import { assertSecrets, currentConfig, readProjectFolder } from "./project-folder.ts";
import { Running } from "./running.ts";
import { byAgeForMs, changesWhenKnown, welcomeLines } from "./welcome.ts";
import { whyNotPulled } from "./why-not-pulled.ts";
import { loadTools } from "./workerd/tools.ts";

export interface DevOptions {
  /** The gateway's folder, with its wrangler file and `tidemark.config.ts`. */
  readonly folder: string;
  /** As `wrangler --env` takes it. */
  readonly environment?: string | undefined;
  readonly port: number;
  /** The folder for KV and Durable Objects. */
  readonly stateDir: string;
  /** Start with an empty cache. */
  readonly reset?: boolean | undefined;
  /** Settings where neither the folder nor the environment has them. */
  readonly defaults?: Readonly<Record<string, string>>;
}

/**
 * Runs the gateway of a folder in workerd until SIGINT, SIGTERM or SIGHUP, and anew when its files change. Prints where it
 * is, and a line for each request.
 *
 * @throws CommandError when the folder, the tools, the port or the project are not usable
 * @throws ConfigError when the configuration or a setting is wrong
 */
export async function dev({
  folder,
  environment,
  port,
  stateDir,
  reset,
  defaults = {},
}: DevOptions): Promise<void> {
  const paint = paintFor(process.stdout);
  const { entry, env, ...compatibility } = readProjectFolder(folder, environment, defaults);
  const tools = await loadTools(folder);
  const config = await currentConfig(tools, folder, env);
  assertSecrets(env);
  const odd = config === undefined ? [] : await oddities(config);
  await assertFree(port, (why) => {
    return new CommandError(`port ${port} ${why}`, "Stop what uses it, or choose another: --port 8788");
  });
  const { persist, release } = holdState(stateDir, reset ?? false);
  const running = new Running();
  running.add(release);
  console.log("Starting the gateway …");
  const gateway = await startLocalGateway(tools, {
    ...compatibility,
    entry,
    env,
    port,
    persist,
    paint,
    mirrored: mirroredReaders(config),
    reload: { check: async () => mirroredReaders(await currentConfig(tools, folder, env)) },
  }).catch((error: unknown) => {
    release();
    throw error;
  });
  running.add(gateway.stop);
  running.takeSignals();
  try {
    const changes = await changesWhenKnown(gateway.url);
    const obstacle = changes?.changes === "pulled" ? undefined : config && (await whyNotPulled(config, env));
    const started = {
      ...{ config, env, changes, obstacle, odd },
      byAgeForMs: changes === undefined ? 0 : await byAgeForMs(gateway.url, env.TIDEMARK_ADMIN_SECRET),
    };
    console.log(welcomeLines(gateway.url, started, paint).join("\n"));
    await gateway.announced();
  } catch (error) {
    // Nothing may run on of which nobody has been told.
    await gateway.stop();
    release();
    throw error;
  }
}

/** @throws CommandError when another gateway uses the folder, or nothing can be kept there */
function holdState(stateDir: string, reset: boolean) {
  try {
    const release = holdFolder(stateDir, (holder, file) => {
      const hint = `Stop it, choose another folder with --state, or remove ${file} if that is not a gateway`;
      return new CommandError(`another gateway (process ${holder}) uses ${stateDir}`, hint);
    });
    const persist = join(stateDir, "gateway");
    if (reset) rmSync(persist, { recursive: true, force: true });
    return { persist, release };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const hint = "It must be a folder that this process may write to: choose another one with --state";
    throw new CommandError(`the cache cannot be kept in ${stateDir} (${code})`, hint, { cause: error });
  }
}

async function oddities(config: ResolvedConfig): Promise<readonly string[]> {
  const odd = await assertOriginAnswers(config);
  return odd === undefined ? assertTablesAnswer(config) : [odd];
}
