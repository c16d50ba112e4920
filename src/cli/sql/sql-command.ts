import { defineCommand } from "citty";
import { removeCaptureSql } from "../../capture/capture-sql.ts";
import type { Nudge } from "../../capture/sql/options.ts";
import { qualified } from "../../gateway/config/config.ts";
import { nudgeUrl } from "../../relay/options.ts";
import { CommandError } from "../command/command-error.ts";
import { type EnvironmentRead, readEnvironment, type SettingName } from "../command/environment.ts";
import { namesIn } from "../command/names-in.ts";
import { CONFIG_FILE, readConfig, readConfigIfAny, relationsOf } from "../command/project.ts";
import { strictFlags } from "../command/strict-flags.ts";
import { printD1Sql } from "./d1/d1-command.ts";
import { KEEPER_ROLE, migrationSql } from "./migration-sql.ts";
import { type Installed, nextSteps } from "./next-steps.ts";
import { captureSecret, type GivenSecret, keeperToken, nudgeSecret, type Secret } from "./secrets.ts";

const SECRET_ENV = "TIDEMARK_CAPTURE_SECRET";
const TOKEN_ENV = "TIDEMARK_CAPTURE_TOKEN";
const NUDGE_ENV = "TIDEMARK_NUDGE_SECRET";

const args = {
  config: { type: "string", valueHint: "file", description: `The gateway's configuration (${CONFIG_FILE})` },
  tables: { type: "string", valueHint: "a,b", description: "Watch these instead of the configured tables" },
  "secret-env": {
    type: "string",
    valueHint: "name",
    description: `Variable with the secret (${SECRET_ENV})`,
  },
  "jwt-secret-env": {
    type: "string",
    valueHint: "name",
    description: "Variable with PostgREST's JWT secret, to make a token for the keeper",
  },
  rotate: { type: "boolean", description: "Make new secrets, although there are some" },
  env: {
    type: "string",
    valueHint: "name",
    description: "An environment of wrangler.jsonc, for its .dev.vars",
  },
  caller: {
    type: "string",
    valueHint: "role",
    description: "The one other role that may call the functions, such as anon (default: unchanged)",
  },
  nudge: {
    type: "enum",
    options: ["notify", "off"] as ("notify" | "off")[],
    description: "notify: for tidemark relay (default: unchanged)",
  },
  "nudge-url": { type: "string", valueHint: "url", description: "The gateway's address, to nudge by pg_net" },
  "time-zone": {
    type: "string",
    valueHint: "name",
    description: "The timezone of PostgREST's sessions (default: unchanged, UTC at first)",
  },
  "schema-only": { type: "boolean", description: "Only describe the schema; changes come as webhooks" },
  remove: { type: "boolean", description: "Print the SQL that removes everything" },
  d1: {
    type: "string",
    valueHint: "database",
    description: "For a D1 database instead: its name or binding. Asks it with wrangler",
  },
  remote: { type: "boolean", description: "With --d1: ask Cloudflare's database, not the local one" },
  follow: {
    type: "string",
    valueHint: "a.b,c.d",
    description: "With --d1: columns that tell rows apart, besides primary keys (default: as installed)",
  },
  quiet: {
    type: "string",
    valueHint: "a.b,c.d",
    description: "With --d1: columns whose change alone touches nothing cached",
  },
  coarse: {
    type: "string",
    valueHint: "a,b",
    description: "With --d1: tables told as a whole, once a statement",
  },
  off: { type: "boolean", description: "With --d1: print the SQL that takes the triggers off" },
} as const;

/** Flags of the one way that mean nothing for the other. */
const OF_POSTGRES = [
  ...[
    "config",
    "secret-env",
    "jwt-secret-env",
    "rotate",
    "caller",
    "nudge",
    "nudge-url",
    "time-zone",
    "schema-only",
  ],
] as const;
const OF_D1 = ["remote", "follow", "quiet", "coarse", "off"] as const;

/** `tidemark sql`: prints the migration on stdout and what to do with it on stderr. Without --d1 it asks no database. */
export const sqlCommand = defineCommand({
  meta: { name: "sql", description: "Prints the migration that captures changes" },
  args,
  plugins: [strictFlags("sql", args)],
  async run({ args }) {
    const foreign = (args.d1 === undefined ? OF_D1 : OF_POSTGRES).find((name) => args[name] !== undefined);
    if (foreign !== undefined) {
      const message =
        args.d1 === undefined ? `--${foreign} goes with --d1` : `--${foreign} does not go with --d1`;
      throw new CommandError(message, "tidemark sql --help lists the options", { exitCode: 2 });
    }
    if (args.d1 !== undefined) return printD1Sql({ ...args, d1: args.d1 });
    if (args.remove) {
      const { defaultSchema } = await readConfigIfAny(args.config);
      process.stdout.write(removeCaptureSql({ exposedSchema: defaultSchema }));
      return;
    }
    const found = readEnvironment(args.env);
    const { nudge, secret } = nudging(args, args.rotate ? undefined : given(found, NUDGE_ENV));
    const { schemas, defaultSchema, audiences, relations } = await whatToWatch(args);
    const named = fromEnvironment(args["secret-env"]);
    const old = named ?? given(found, SECRET_ENV);
    const capture = captureSecret(args.rotate ? undefined : old, args["secret-env"] ?? SECRET_ENV);
    const bothCount = Boolean(args.rotate) && old !== undefined;
    const jwtSecret = fromEnvironment(args["jwt-secret-env"]);
    const token =
      jwtSecret === undefined
        ? (given(found, TOKEN_ENV) ?? null)
        : { value: keeperToken(jwtSecret.value, KEEPER_ROLE), source: null };
    process.stdout.write(
      migrationSql({
        secrets: bothCount ? [old.value, capture.value] : [capture.value],
        replaces: capture.source !== null || Boolean(args.rotate),
        ...{ schemas, defaultSchema, caller: args.caller, roles: audiences.roles },
        ...{ relations: args["schema-only"] ? null : relations, nudge, timeZone: args["time-zone"] },
      }),
    );
    const { env: environment, caller } = args;
    process.stderr.write(nextSteps({ environment, capture, bothCount, token, caller, nudge: secret }));
  },
});

interface Watching {
  readonly config?: string | undefined;
  readonly tables?: string | undefined;
  readonly "schema-only"?: boolean | undefined;
}

async function whatToWatch(args: Watching) {
  if (args.tables === undefined && !args["schema-only"]) {
    const config = await readConfig(args.config);
    const relations = relationsOf(config);
    if (relations.length > 0) return { ...config, relations };
    throw new CommandError(
      `${args.config ?? CONFIG_FILE} names no table`,
      "Name the tables to cache, or use --tables a,b",
    );
  }
  const { schemas, defaultSchema, audiences } = await readConfigIfAny(args.config);
  const relations = (namesIn(args.tables) ?? []).map((name) => qualified(name, defaultSchema));
  return { schemas, defaultSchema, audiences, relations };
}

/** A secret that is here already, which is kept; undefined when there is none. */
function given({ settings, sources }: EnvironmentRead, name: SettingName): GivenSecret | undefined {
  const value = settings[name]?.trim();
  return value ? { value, source: sources[name] ?? "the environment" } : undefined;
}

/** The value of the variable that a flag names; undefined without the flag. @throws CommandError when it is not set */
function fromEnvironment(name: string | undefined): GivenSecret | undefined {
  if (name === undefined) return undefined;
  const value = process.env[name]?.trim();
  if (value) return { value, source: "the environment" };
  throw new CommandError(`the environment has no ${name}`, "Export it first; its value is not printed", {
    exitCode: 2,
  });
}

interface Nudging {
  readonly nudge?: "notify" | "off" | undefined;
  readonly "nudge-url"?: string | undefined;
}

function nudging(
  args: Nudging,
  key: GivenSecret | undefined,
): { readonly nudge: Nudge | undefined; readonly secret: Installed["nudge"] } {
  const gateway = args["nudge-url"];
  const secret = (): Secret => nudgeSecret(key);
  if (gateway === undefined) {
    return { nudge: args.nudge, secret: args.nudge === "notify" ? { ...secret(), by: "notify" } : null };
  }
  if (args.nudge !== undefined) {
    throw new CommandError("--nudge and --nudge-url exclude each other", "Keep one of them", { exitCode: 2 });
  }
  const signing = secret();
  return { nudge: { url: nudgeUrl(gateway), secret: signing.value }, secret: { ...signing, by: "http" } };
}
