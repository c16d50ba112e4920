import { createHash } from "node:crypto";
import type { Sql } from "postgres";
import type { Postgres } from "../../../../testing/postgres.ts";
import { Random } from "../../../../testing/soundness/random.ts";
import { captureSql, removeCaptureSql } from "../../capture-sql.ts";
import type { CaptureOptions, Nudge } from "../../sql/options.ts";
import { casts, operators, overloads, shadows } from "./arsenal.ts";
import {
  type Installation,
  installationSql,
  randomInstallation,
  randomShop,
  type Shop,
} from "./installation.ts";
import { Judge, sameImages } from "./judge.ts";
import type { Names } from "./names.ts";
import { CLEAR_SQL, NET_SQL, randomPreplant } from "./preplant.ts";
import { plant, run, Sessions } from "./sessions.ts";
import { sessionSettings } from "./settings.ts";
import { changesOfSchema, type Step, writes } from "./statements.ts";
import { TRAP_SQL } from "./trap.ts";

const SECRET = "a secret of the keeper";
const WATCHED = ["shop.items", "shop.parted", "app.notes"];
const NUDGES: readonly Nudge[] = [
  "off",
  "notify",
  { url: "http://127.0.0.1:9/", secret: `whsec_${"A".repeat(44)}` },
];

export interface Size {
  /** How many hostile functions, and how many operators, each schema gets. */
  readonly overloads: number;
  /** How many of a hundred statements a round runs. With none it only installs, twice, and removes. */
  readonly percent: number;
}

/** Runs every kind of statement in one database with one set of hostile objects. Returns what went wrong. */
export async function attack(
  postgres: Postgres,
  root: Sql,
  names: Names,
  seed: number,
  size: Size,
): Promise<string[]> {
  const random = new Random(seed);
  const installation = randomInstallation(random);
  const shop = randomShop(random);
  const [held, bare] = [`held_${seed}`, `bare_${seed}`];
  await root.unsafe(`create database ${held}`);
  const sessions = new Sessions(postgres.url, held);
  const twin = new Sessions(postgres.url, bare);
  const judge = new Judge(sessions, SECRET);
  try {
    await sessions
      .root()
      .unsafe(TRAP_SQL + installationSql(held, installation))
      .simple();
    await judge.begin();
    const mallory = sessions.as("mallory");
    const planted = await plant(mallory, shop.sql);
    if (planted < shop.sql.length)
      throw new Error(`only ${planted} of ${shop.sql.length} things of hers could be made`);
    await plant(mallory, arsenal(names, random, installation, size));
    const preplant = randomPreplant(random, installation);
    await plant(mallory, preplant);
    if (random.chance(50))
      await sessions
        .root()
        .unsafe(NET_SQL)
        .simple()
        .catch(() => {});
    await sessions.close();
    await root.unsafe(`create database ${bare} template ${held}`);

    const installer = await install(sessions, judge, random, installation, preplant.length > 0);
    if (installer === undefined) return judge.findings;
    if (size.percent > 0)
      await statements({ sessions, twin, judge, names, installation, installer }, shop, random, size);
    else await again(judge, installer);
    await finish(sessions, judge, installer);
    return judge.findings;
  } finally {
    await Promise.all([sessions.close(), twin.close()]);
    await root.unsafe(`drop database if exists ${held} with (force)`);
    await root.unsafe(`drop database if exists ${bare} with (force)`);
    await root.unsafe("drop role if exists tidemark_keeper; drop role if exists tidemark_analyser").simple();
  }
}

interface Round {
  readonly sessions: Sessions;
  readonly twin: Sessions;
  readonly judge: Judge;
  readonly names: Names;
  readonly installation: Installation;
  readonly installer: Installer;
}

async function statements(round: Round, shop: Shop, random: Random, size: Size): Promise<void> {
  const { sessions, twin, judge, names, installer } = round;
  await poison(sessions, names, random);
  const seed = random.below(1_000_000);
  for (const { mallory } of [sessions, twin].map((each) => ({ mallory: each.as("mallory") }))) {
    await plant(mallory, shadows(names, new Random(seed), "pg_temp", 12));
    for (const setting of sessionSettings(names, new Random(seed), 6)) await run(mallory, setting);
  }
  await judge.pulled("the first pull");
  const steps = interleave(random, [writes(shop), changesOfSchema()], size.percent);
  const between = installerSteps(random);
  for (const [at, step] of steps.entries()) {
    await take(round, step);
    if (at % 6 === 5) await between(judge, installer);
  }
  await judge.schema("the schema at last", { isCovered: true });
  await judge.rights("tidemark_schema at last");
  await sameImages(judge, "images", sessions.as("mallory"), sessions.as("mallory", { name: "clean" }));
  await again(judge, installer);
}

async function again(judge: Judge, installer: Installer): Promise<void> {
  const outcome = await run(installer.sql, `begin; ${installer.script} commit`);
  await judge.rights("the installation again");
  // She may have dropped or renamed a table in the meantime.
  if ("code" in outcome && outcome.code !== "42P01")
    judge.found("the installation again", `fails: ${outcome.code} ${outcome.message}`);
}

function arsenal(names: Names, random: Random, installation: Installation, size: Size): string[] {
  const schemas = [...(installation.publicCreate ? ["public"] : []), "shop"];
  const own = installation.schemas
    ? [`create schema ${installation.installer}; grant usage on schema ${installation.installer} to public`]
    : [];
  if (installation.schemas) schemas.push(installation.installer);
  return [
    ...own,
    ...casts(random, 8),
    ...schemas.flatMap((schema) => [
      ...overloads(names, random, schema, schema === "shop" ? size.overloads / 4 : size.overloads),
      ...operators(names, random, schema, schema === "shop" ? size.overloads / 4 : size.overloads),
      ...(random.chance(50) ? shadows(names, random, schema, 6) : []),
    ]),
  ];
}

/** Installs as the installer. If that is refused because of what is there, removes that and tries again. */
async function install(
  sessions: Sessions,
  judge: Judge,
  random: Random,
  installation: Installation,
  preplanted: boolean,
) {
  const options: CaptureOptions = {
    tables: WATCHED.map((relation) => ({ relation })),
    secretHash: createHash("sha256").update(SECRET).digest("hex"),
    callers: ["anon"],
    schemas: ["public", "shop", "app"],
    nudge: random.pick(NUDGES),
  };
  const sql = captureSql(options);
  const installer = sessions.as(installation.installer, {
    name: "installer",
    searchPath: installation.searchPath,
  });
  let outcome = await run(installer, `begin; ${sql} commit`);
  if ("code" in outcome && preplanted) {
    const refused = outcome.message;
    await judge.rights(`a refused installation (${refused})`, { isRefused: true });
    await sessions.root().unsafe(CLEAR_SQL).simple();
    outcome = await run(installer, `begin; ${sql} commit`);
  }
  await judge.rights("the installation");
  if ("code" in outcome) {
    judge.found("the installation", `fails: ${outcome.code} ${outcome.message}`);
    return undefined;
  }
  return { sql: installer, script: sql };
}

type Installer = Exclude<Awaited<ReturnType<typeof install>>, undefined>;

/** What her function, called through PostgREST earlier, leaves behind in the session. */
async function poison(sessions: Sessions, names: Names, random: Random): Promise<void> {
  const pool = sessions.as("authenticator", { name: "pool" });
  await run(pool, "set role mallory");
  await plant(pool, shadows(names, random, "pg_temp", 12));
  await run(pool, "reset role");
  for (const setting of sessionSettings(names, random, 6)) await run(pool, setting);
}

async function take({ sessions, twin, judge, installation, installer }: Round, step: Step): Promise<void> {
  const name = step.sql.replace(/\s+/g, " ").slice(0, 90);
  const outcome = await run(sessions.as(step.as), step.sql, step.input);
  await judge.rights(name);
  if (!step.sql.includes("tidemark"))
    judge.outcome(name, outcome, await run(twin.as(step.as), step.sql, step.input));
  const isUnnoticed = step.isSchemaChange === true && installation.installer !== "postgres";
  if (isUnnoticed) {
    // An installer without event triggers has to call this after each migration.
    const noticed = await run(installer.sql, "select tidemark.schema_changed()");
    if ("code" in noticed)
      judge.found(`schema_changed() after ${name}`, `${noticed.code} ${noticed.message}`);
    await judge.rights(`schema_changed() after ${name}`);
  }
  const wrote = !("code" in outcome) && outcome.rows.some((count) => count > 0) && !step.isSchemaChange;
  await judge.pulled(name, {
    change: wrote && !/^(insert into|delete from) shop\.loose|temp table/.test(step.sql),
    version: step.isSchemaChange === true && !("code" in outcome),
  });
  await judge.quiet(`the pull after ${name}`);
}

/** What the installer and other roles do now and then; each call does one of them. */
function installerSteps(random: Random) {
  const mine = [
    "select tidemark.watch('shop.loose'::pg_catalog.regclass)",
    "select tidemark.unwatch('shop.loose'::pg_catalog.regclass)",
    "select tidemark.schema_changed()",
    "select tidemark.set_nudge('notify')",
    "select tidemark.set_nudge('http', 'http://127.0.0.1:9/', 'whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB')",
    "select tidemark.prune_abandoned()",
    "select tidemark.prune()",
    // What pg_dump reads.
    "begin isolation level repeatable read; set local search_path = ''; select o.* from tidemark.outbox o; select pg_catalog.pg_get_functiondef(p.oid) from pg_catalog.pg_proc p where p.proname ~ '^(tidemark|capture)_'; commit",
  ];
  let at = random.below(mine.length);
  return async (judge: Judge, installer: Installer): Promise<void> => {
    const statement = mine[at % mine.length] ?? "";
    at += 1;
    const outcome = await run(installer.sql, statement);
    await judge.rights(statement);
    if ("code" in outcome && outcome.code !== "42P01")
      judge.found(statement, `fails: ${outcome.code} ${outcome.message}`);
    const calls = ["tidemark_schema", "tidemark_changes", "tidemark_prune"];
    const guess = await judge.call(`public.${random.pick(calls)}('a guess'::pg_catalog.text)`, "anon");
    if (!("code" in guess) || guess.code !== "PT401")
      judge.found("anon guesses the secret", JSON.stringify(guess));
    const pruned = await judge.call(`public.tidemark_prune('${SECRET}'::pg_catalog.text)`);
    if ("code" in pruned)
      judge.found("tidemark_prune by the keeper", `fails: ${pruned.code} ${pruned.message}`);
    await judge.quiet("calls by anon and the keeper");
  };
}

async function finish(sessions: Sessions, judge: Judge, installer: Installer): Promise<void> {
  const outcome = await run(installer.sql, removeCaptureSql());
  await judge.rights("the removal");
  if ("code" in outcome) judge.found("the removal", `fails: ${outcome.code} ${outcome.message}`);
  const left = await sessions.root()`
    select p.oid::pg_catalog.regprocedure as name from pg_catalog.pg_proc p where p.proname ~ 'tidemark' and p.prosecdef`;
  for (const { name } of left) judge.found("the removal", `leaves ${name}`);
}

/** Each list keeps its order. */
function interleave(random: Random, lists: readonly (readonly Step[])[], percent: number): Step[] {
  const left = lists.map((list) => list.filter(() => random.chance(percent)));
  const taken: Step[] = [];
  while (left.some((list) => list.length > 0)) {
    const next = random.pick(left.filter((list) => list.length > 0)).shift();
    if (next) taken.push(next);
  }
  return taken;
}
