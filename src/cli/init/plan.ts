import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { qualified, type ResolvedConfig } from "../../gateway/config/config.ts";
import type { LOCATION_HINTS } from "../../gateway/config/keeper-config.ts";
import { resolveConfig } from "../../gateway/config/resolve-config.ts";
import { CommandError } from "../command/command-error.ts";
import { type Environment, readEnvironment } from "../command/environment.ts";
import { CONFIG_FILE, readConfig, relationsOf } from "../command/project.ts";
import { migrationSql } from "../sql/migration-sql.ts";
import { newSecret } from "../sql/secrets.ts";
import type { Ask } from "./ask.ts";
import { type ConfigPlan, configFile, moreTables } from "./files/config-file.ts";
import { devVars, gitignore } from "./files/dev-vars.ts";
import { migrationFile } from "./files/migration-file.ts";
import { packageJson } from "./files/package-json.ts";
import type { Proposal } from "./files/proposal.ts";
import { workerFile } from "./files/worker-file.ts";
import { assertOwnFolder, mainIn, wranglerConfig } from "./files/wrangler-config.ts";
import { type FoundProject, findProject } from "./find-project.ts";
import { findTables } from "./find-tables.ts";
import { surveyText } from "./show.ts";
import { readSupabaseFolder } from "./survey/supabase-folder.ts";
import { isRecommended, nameAlone, type Survey } from "./survey/survey.ts";

export interface InitFlags {
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly tables: readonly string[] | undefined;
  readonly schemas: readonly string[] | undefined;
  readonly changes: "capture" | "webhooks" | undefined;
  readonly name: string;
  readonly location: (typeof LOCATION_HINTS)[number] | undefined;
  /** The Supabase CLI's folder. */
  readonly supabase: string;
}

export interface Plan {
  readonly proposals: readonly Proposal[];
  /** Whether changes are captured; else they come as webhooks. */
  readonly capture: boolean;
  readonly sources: { readonly databaseUrl: boolean; readonly supabase: boolean };
}

/** Everything that init would do, found out and asked for. Nothing is written. */
export async function plan(flags: InitFlags, ask: Ask, folder: string): Promise<Plan> {
  const { settings, wrangler } = readEnvironment(undefined, folder);
  assertOwnFolder(wrangler);
  const supabase = readSupabaseFolder(join(folder, flags.supabase));
  const existing = existsSync(join(folder, CONFIG_FILE)) ? await readConfig(undefined) : undefined;
  const shownAs = existing?.keys.shownAs ?? "apikey+bearer";
  const project = await findProject(flags, shownAs, settings, supabase, ask);
  const schemas = flags.schemas ?? schemasOf(existing) ?? supabase?.schemas ?? ["public"];

  const databaseUrl = process.env.DATABASE_URL?.trim() || undefined;
  const secretKey = process.env.SUPABASE_SECRET_KEY?.trim() || undefined;
  const config = {
    ...(existing ?? resolveConfig({ tables: {}, schemas }, settingsOf(project))),
    origin: project.url,
    keys: { shownAs, publishable: project.publishableKey, legacyAnon: null },
  };
  const named = flags.tables?.map((name) => qualified(name, schemas[0] ?? "public"));
  const canAsk = databaseUrl !== undefined || secretKey !== undefined || supabase !== undefined;
  const survey =
    named !== undefined && !canAsk
      ? { source: "their names", tables: named.map(nameAlone) }
      : await findTables({ databaseUrl, secretKey, folder: supabase, config, settings }, schemas);
  process.stdout.write(`${surveyText(survey)}\n`);

  const chosen = new Set(named === undefined ? await choose(survey, existing, ask) : checked(named, survey));
  const changes = flags.changes ?? (await ask.choose("How do changes reach the gateway?", WAYS, "capture"));
  const capture = changes === "capture";
  const secrets = secretsOf(settings, capture);
  const main = mainIn(wrangler, folder) ?? "worker.ts";
  const configPlan: ConfigPlan = {
    ...{ schemas, tables: survey.tables, chosen, declares: !capture },
    locationHint: flags.location,
  };
  const proposals = [
    configProposal(folder, existing, configPlan),
    workerFile(folder, main),
    wranglerConfig(wrangler, { name: flags.name, main, ...project, secrets: Object.keys(secrets) }),
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
    sources: { databaseUrl: databaseUrl !== undefined, supabase: supabase?.isOfCli ?? false },
  };
}

const WAYS = [
  { value: "capture", label: "Capture", hint: "SQL in your database; bounds count from the commit" },
  { value: "webhooks", label: "Database Webhooks", hint: "nothing to install; a lost one goes unnoticed" },
] as const;

function settingsOf({ url, publishableKey }: FoundProject) {
  return { SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: publishableKey };
}

function schemasOf(config: ResolvedConfig | undefined): readonly string[] | undefined {
  if (config === undefined) return undefined;
  return [config.defaultSchema, ...[...config.schemas].filter((name) => name !== config.defaultSchema)];
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
  return ask.several("Which of them are to be cached?", options, first);
}

/** @throws CommandError when the project has no such table */
function checked(names: readonly string[], { tables, source }: Survey): readonly string[] {
  const known = new Set(tables.map(({ relation }) => relation));
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return names;
  const hint = `It tells of ${[...known].join(", ")}`;
  throw new CommandError(`${source} does not tell of ${unknown}`, hint, { exitCode: 2 });
}

function configProposal(
  folder: string,
  existing: ResolvedConfig | undefined,
  configPlan: ConfigPlan,
): Proposal {
  if (existing === undefined) return configFile(configPlan);
  const text = readFileSync(join(folder, CONFIG_FILE), "utf8");
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
