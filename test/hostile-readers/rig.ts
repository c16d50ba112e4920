import { captureInstallation, describe, PulledChanges } from "../../testing/in-process/feeds.ts";
import { SignedInWay } from "../../testing/in-process/signed-in-way.ts";
import type { Database } from "../../testing/soundness/database.ts";
import { answersTo, isTouched, keptFor, whoIs } from "../../testing/two-users/asking.ts";
import { GROUND_SQL, RELATIONS } from "../../testing/two-users/ground.ts";
import type { Person } from "../../testing/two-users/people.ts";
import { A, B } from "./sql.ts";

/** A read, with the SQL that answers it as PostgREST does. */
export interface SqlRead {
  readonly relation: string;
  readonly search: string;
  readonly sql: string;
}

const SECRETS: SqlRead = {
  relation: "secrets",
  search: "order=id",
  sql: "select * from public.secrets order by id",
};

/** What somebody makes of a database so that Tidemark gives one reader what it has kept for another. */
export interface Attack {
  readonly setup: string;
  /** Tables and views of it that are cached. Default: `secrets`. */
  readonly tables?: readonly string[];
  /** On what the owner says that `secrets` depends: functions are no reason any more to count an answer by its age. */
  readonly dependsOn?: readonly string[];
  /** Default: all of `secrets`, by `id`. */
  readonly read?: SqlRead;
  /** What happens once capture is installed, before Tidemark hears of it. */
  readonly after?: string;
}

const GRANTS_SQL = `
grant usage on schema public to anon, authenticated, staff;
grant select on all tables in schema public to anon, authenticated, staff;
grant execute on all functions in schema public, private to authenticated;`;

/** Two who sign in and differ in every claim but their role. */
const ANN = person(A, "a");
const BOB = person(B, "b");

function person(sub: string, letter: string): Person {
  const claims = {
    app_metadata: { tenant: letter },
    email: `${letter}@example.org`,
    role: "authenticated",
    sub,
  };
  return { role: "authenticated", claims: JSON.stringify(claims) };
}

/** What two readers of one role get, and whether Tidemark would give both of them what either has fetched. */
export async function twoReaders(database: Database, attack: Attack) {
  const { way, read, ask } = await prepared(database, attack);
  const kept = async (reader: Person) => {
    const needs = way.footprints.needs(read, reader.role);
    const paths = "bypass" in needs ? [] : needs.paths;
    return keptFor(way.footprints, read, await whoIs(database, reader, paths));
  };
  const [ann, bob] = [await kept(ANN), await kept(BOB)];
  const isShared = "audience" in ann && "audience" in bob && ann.audience === bob.audience;
  return { ann: await ask(ANN), bob: await ask(BOB), isShared };
}

/** What a reader gets before and after `moved`, and whether what Tidemark has kept of it would be given up. */
export async function answerOverTime(
  database: Database,
  {
    moved,
    isAnonymous = false,
    ...attack
  }: Attack & { readonly moved: string; readonly isAnonymous?: boolean },
) {
  const { way, read, pulled, ask } = await prepared(database, attack);
  const reader = isAnonymous ? { role: "anon", claims: "" } : ANN;
  const footprint = await footprintFor();
  const before = await ask(reader);
  await database.exec(moved);
  const heard = await pulled.hear();
  return {
    before,
    after: await ask(reader),
    /** Whether anything but the rows' changes would give it up. */
    isAnother: heard.everything || heard.isNewSchema,
    isGivenUp: isTouched(footprint, heard.changes, way.footprints),
    caveats: footprint.caveats,
  };

  async function footprintFor() {
    const needs = isAnonymous ? undefined : way.footprints.needs(read, reader.role);
    if (needs !== undefined && "bypass" in needs) throw new Error(`not kept: ${needs.bypass}`);
    const known = needs === undefined ? null : await whoIs(database, reader, needs.paths);
    const result = way.footprints.of(read, known);
    if ("bypass" in result) throw new Error(`not kept: ${result.bypass}`);
    return result.footprint;
  }
}

async function prepared(database: Database, attack: Attack) {
  const { relation, search, sql } = attack.read ?? SECRETS;
  await database.exec(GROUND_SQL);
  await database.exec(attack.setup);
  await database.exec(GRANTS_SQL);
  const tables = [...RELATIONS, ...(attack.tables ?? ["secrets"])].map((name) => {
    const isDeclared = name === "secrets" && attack.dependsOn !== undefined;
    return [name, isDeclared ? { dependsOn: attack.dependsOn } : true] as const;
  });
  const way = new SignedInWay({
    tables: Object.fromEntries(tables),
    audiences: { roles: ["authenticated", "staff"] },
  });
  await database.exec(captureInstallation(way.config));
  if (attack.after !== undefined) await database.exec(attack.after);
  const pulled = new PulledChanges(database.functions);
  await pulled.hear();
  way.learn(await describe(database.functions, way.config));
  const rows = `select coalesce(json_agg(t), '[]')::text from (${sql}) t`;
  const ask = async (reader: Person) => {
    const [answer] = await answersTo(database, reader, [rows]);
    if (answer == null) throw new Error("the database refuses what the attack asks");
    return answer;
  };
  return { way, read: way.read(relation, search), pulled, ask };
}
