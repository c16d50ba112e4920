import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { isTooShort, MIN_SECRET_LENGTH } from "../src/gateway/http/secret-strength.ts";

export const usage = `npm start [-- options]

Starts an embedded Supabase with data, and Tidemark in front of it.

Options
  --origin-latency <ms>   delay each answer of the embedded Supabase, like a distant database
  --reset                 start from clean state
  --help                  show this

Environment
  PORT                     gateway (8787)
  ORIGIN_PORT              embedded Supabase (8786)
  TIDEMARK_ADMIN_SECRET    (demo-admin-secret)
  TIDEMARK_WEBHOOK_SECRET  (demo-webhook-secret)
  TIDEMARK_MODE            on, shadow or off (on)
  TIDEMARK_STATE_DIR       where state is kept (.tidemark)
  SUPABASE_URL             use this project instead of the embedded one: this becomes \`tidemark dev\` in this folder, with
                           tidemark.config.ts for the tables and .dev.vars for the other settings (docs/cli.md)
`;

/** The demo cannot do what it was asked. The message is all that the user needs. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

export interface Settings {
  help: boolean;
  reset: boolean;
  /** milliseconds */
  originLatency: number;
  port: number;
  originPort: number;
  adminSecret: string;
  webhookSecret: string;
  mode: string | undefined;
  stateDir: string;
  /** A project of one's own takes the place of the embedded Supabase. */
  ownProject: boolean;
}

/** @throws SettingError */
export function readSettings(args: string[], env: NodeJS.ProcessEnv): Settings {
  const flags = readFlags(args);
  const settings: Settings = {
    help: flags.help ?? false,
    reset: flags.reset ?? false,
    originLatency: wholeNumber("--origin-latency", flags["origin-latency"] ?? "0", 60_000),
    port: wholeNumber("PORT", env.PORT || "8787", 65_535),
    originPort: wholeNumber("ORIGIN_PORT", env.ORIGIN_PORT || "8786", 65_535),
    adminSecret: secretOf("TIDEMARK_ADMIN_SECRET", env, "demo-admin-secret"),
    webhookSecret: secretOf("TIDEMARK_WEBHOOK_SECRET", env, "demo-webhook-secret"),
    mode: env.TIDEMARK_MODE || undefined,
    stateDir: resolve(env.TIDEMARK_STATE_DIR || join(import.meta.dirname, "../.tidemark")),
    ownProject: Boolean(env.SUPABASE_URL),
  };
  if (settings.port !== 0 && settings.port === settings.originPort && !settings.ownProject) {
    throw new SettingError(`PORT and ORIGIN_PORT are both ${settings.port}. Choose two different ports.`);
  }
  if (settings.originLatency > 0 && settings.ownProject) {
    throw new SettingError(
      "--origin-latency delays the embedded Supabase, but SUPABASE_URL names another one.",
    );
  }
  return settings;
}

function readFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        "origin-latency": { type: "string" },
        reset: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    const [sentence] = (error as Error).message.split(". ");
    throw new SettingError(`${sentence}. npm start -- --help lists the options.`);
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new SettingError(`${name} must be a whole number from 0 to ${most}, not "${text}".`);
}

/** Applies the gateway's own rule, which makes no exception for the demo. */
function secretOf(name: string, env: NodeJS.ProcessEnv, fallback: string): string {
  const secret = env[name] || fallback;
  if (!isTooShort(secret)) return secret;
  throw new SettingError(`${name} is shorter than ${MIN_SECRET_LENGTH} characters.`);
}
