import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { qualified, type ResolvedConfig } from "../../gateway/config/config.ts";
import { resolveConfig } from "../../gateway/config/resolve-config.ts";
import { CommandError } from "../command/command-error.ts";
import { type Environment, readEnvironment } from "../command/environment.ts";
import { CONFIG_FILE, readConfig, relationsOf } from "../command/project.ts";
import { migrationSql } from "../sql/migration-sql.ts";
import { newSecret } from "../sql/secrets.ts";
import type { Ask } from "./ask.ts";
import { refuseContradictions, schemasOf } from "./contradictions.ts";
import { type ConfigPlan, configFile, isLeftOut, moreTables } from "./files/config-file.ts";
import { devVars, gitignore } from "./files/dev-vars.ts";
import { migrationFile } from "./files/migration-file.ts";
import { packageJson } from "./files/package-json.ts";
import type { Proposal } from "./files/proposal.ts";
import { workerFile } from "./files/worker-file.ts";
import { assertOwnFolder, mainIn, workerName, wranglerConfig } from "./files/wrangler-config.ts";
import { type FoundProject, findProject } from "./find-project.ts";
import { findTables } from "./find-tables.ts";
import type { InitFlags } from "./init-flags.ts";
import { surveyText } from "./show.ts";
import { readSupabaseFolder } from "./survey/supabase-folder.ts";
import { isRecommended, nameAlone, type Survey, withWebhooks } from "./survey/survey.ts";

export interface Plan {
  readonly proposals: readonly Proposal[];
  /** Whether changes are captured; else they come as webhooks. */
  readonly capture: boolean;
  /** Where there is a secret of capture although changes come as webhooks, such as `.dev.vars`. */
  readonly leftSecret: string | undefined;
  /** The Supabase CLI's folder, if it is one, as the shell finds it from here. */
  readonly supabase: string | undefined;
}

/** Where the Supabase CLI looks for its folder, and where init writes the migration. */
const OWN_SUPABASE = "supabase";

/** Everything that init would do, found out and asked for. Nothing is written. */
export async function plan(flags: InitFlags, ask: Ask, folder: string): Promise<Plan> {
  const environment = readEnvironment(undefined, folder);
  const { settings, wrangler } = environment;
  assertOwnFolder(wrangler);
  const supabase = readSupabaseFolder(resolve(folder, flags.supabase ?? OWN_SUPABASE));
  if (flags.supabase !== undefined && supabase === undefined)
    throw new CommandError(`there is no folder ${flags.supabase}`, "Check --supabase", { exitCode: 2 });
  const existing = existsSync(join(folder, CONFIG_FILE)) ? await readConfig(undefined) : undefined;
  refuseContradictions(flags, { config: existing, wrangler });
  const shownAs = existing?.keys.shownAs ?? "apikey+bearer";
  const project = await findProject(flags, shownAs, settings, supabase, ask);
  const schemas = flags.schemas ?? (existing && schemasOf(existing)) ?? supabase?.schemas ?? ["public"];

  const databaseUrl = process.env.DATABASE_URL?.trim() || undefined;
  const secretKey = process.env.SUPABASE_SECRET_KEY?.trim() || undefined;
  const config = {
    ...(existing ?? resolveConfig({ tables: {}, schemas }, settingsOf(project))),
    origin: project.url,
    keys: { shownAs, publishable: project.publishableKey, legacyAnon: null },
  };
  const named = flags.tables?.map((name) => qualified(name, schemas[0] ?? "public"));
  // What init has made for its migration tells nothing.
  const canAsk = databaseUrl !== undefined || secretKey !== undefined || supabase?.isOfCli;
  const asNamed = named && { source: null, tables: named.map(nameAlone) };
  const sources = { databaseUrl, secretKey, folder: supabase, config, settings, asNamed };
  const found = asNamed !== undefined && !canAsk ? asNamed : await findTables(sources, schemas);
  // First, because it decides what can be done for a table.
  const changes =
    flags.changes ?? (await ask.choose("How do changes reach the gateway?", WAYS, usualWay(settings)));
  const capture = changes === "capture";
  const survey = capture ? found : withWebhooks(found);
  process.stdout.write(`${surveyText(survey)}\n`);

  const chosen = new Set(named === undefined ? await choose(survey, existing, ask) : checked(named, survey));
  const secrets = secretsOf(settings, capture);
  const main = mainIn(wrangler, folder) ?? "worker.ts";
  const configPlan: ConfigPlan = {
    ...{ schemas, tables: survey.tables, chosen, declares: !capture },
    locationHint: flags.location,
  };
  const proposals = [
    configProposal(folder, existing, configPlan, named),
    workerFile(folder, main),
    wranglerConfig(wrangler, {
      name: flags.name ?? workerName(folder),
      main,
      ...project,
      secrets: Object.keys(secrets),
    }),
    devVars(folder, secrets),
    gitignore(folder),
    ...packageJson(folder),
  ];
  if (capture) {
    const sql = migrationSql({
      secrets: [secrets.TIDEMARK_CAPTURE_SECRET ?? ""],
      // A migration runs unattended, and must not cut a keeper off that has another secret.
      replaces: false,
      ...{ schemas, defaultSchema: schemas[0] ?? "public" },
      // With a token there is no need to let anybody else in, who may have been shut out on purpose.
      caller: secrets.TIDEMARK_CAPTURE_TOKEN === undefined ? "anon" : undefined,
      roles: existing?.audiences.roles ?? ["authenticated"],
      relations: watched(survey, chosen, existing),
    });
    proposals.push(migrationFile(folder, sql, new Date()));
  }
  return {
    proposals,
    capture,
    leftSecret: capture ? undefined : environment.sources.TIDEMARK_CAPTURE_SECRET,
    supabase: supabase?.isOfCli ? (flags.supabase ?? OWN_SUPABASE) : undefined,
  };
}

const WAYS = [
  { value: "capture", label: "Capture", hint: "SQL in your database; bounds count from the commit" },
  { value: "webhooks", label: "Database Webhooks", hint: "nothing to install; a lost one goes unnoticed" },
] as const;

function settingsOf({ url, publishableKey }: FoundProject) {
  return { SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: publishableKey };
}

/** As the folder has it: run again without a flag, it proposes no other way. */
function usualWay({ TIDEMARK_CAPTURE_SECRET, TIDEMARK_WEBHOOK_SECRET }: Environment) {
  return TIDEMARK_WEBHOOK_SECRET && !TIDEMARK_CAPTURE_SECRET ? "webhooks" : "capture";
}

async function choose(
  { tables }: Survey,
  existing: ResolvedConfig | undefined,
  ask: Ask,
): Promise<readonly string[]> {
  const open = tables.filter(({ relation }) => !existing?.tables.has(relation));
  const options = open.map(({ relation, prospects }) => ({
    ...{ value: relation, label: relation, hint: prospects.map(({ words }) => words).join("; ") },
  }));
  if (options.length === 0) return [];
  const first = open.filter(isRecommended).map(({ relation }) => relation);
  return ask.several("Which should be cached?", options, first);
}

/** @throws CommandError when the project has no such table */
function checked(names: readonly string[], { tables, source }: Survey): readonly string[] {
  const known = new Set(tables.map(({ relation }) => relation));
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return names;
  const hint = `It knows ${[...known].join(", ")}`;
  throw new CommandError(`${source} does not know ${unknown}`, hint, { exitCode: 2 });
}

function configProposal(
  folder: string,
  existing: ResolvedConfig | undefined,
  configPlan: ConfigPlan,
  named: readonly string[] = [],
): Proposal {
  if (existing === undefined) return configFile(configPlan);
  const text = readFileSync(join(folder, CONFIG_FILE), "utf8");
  const { schemas } = configPlan;
  const leftOut = named.find((each) => !existing.tables.has(each) && isLeftOut(text, each, schemas));
  if (leftOut !== undefined) {
    const hint = "Make it an entry there: init overwrites nothing";
    throw new CommandError(`${CONFIG_FILE} has ${leftOut} as a comment`, hint, { exitCode: 2 });
  }
  return moreTables(text, new Set(existing.tables.keys()), configPlan);
}

/** Those that are there are kept: each is known elsewhere, to the database or in Cloudflare. */
function secretsOf(settings: Environment, capture: boolean): Readonly<Record<string, string>> {
  const changes = capture ? "TIDEMARK_CAPTURE_SECRET" : "TIDEMARK_WEBHOOK_SECRET";
  const names = ["TIDEMARK_ADMIN_SECRET", changes] as const;
  const token = capture ? settings.TIDEMARK_CAPTURE_TOKEN?.trim() : undefined;
  return {
    ...Object.fromEntries(names.map((name) => [name, settings[name]?.trim() || newSecret()])),
    ...(token && { TIDEMARK_CAPTURE_TOKEN: token }),
  };
}

/** What is cached, and all that those answers depend on, sorted. */
function watched(
  { tables }: Survey,
  chosen: ReadonlySet<string>,
  existing: ResolvedConfig | undefined,
): readonly string[] {
  const relations = existing === undefined ? [] : relationsOf(existing);
  const cached = new Set([...relations, ...chosen]);
  const needed = tables.filter(({ relation }) => cached.has(relation)).flatMap(({ dependsOn }) => dependsOn);
  return [...new Set([...cached, ...needed])].sort();
}
