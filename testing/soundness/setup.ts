import type { TidemarkConfig } from "../../src/gateway/config/config.ts";
import {
  captureInstallation,
  describe,
  type FeedKind,
  type Heard,
  heardFromWebhooks,
  PulledChanges,
  REMOVE_SQL,
  TAKE_WEBHOOKS_SQL,
  webhookInstallation,
} from "../in-process/feeds.ts";
import { Way } from "../in-process/way.ts";
import type { Database } from "./database.ts";
import type { Fixture } from "./fixtures/fixture.ts";

/** A fixture in its database, with everything that a gateway in front of it knows. */
export interface Setup {
  readonly way: Way;
  /** Of a gateway to which the database does not describe itself; undefined where no configuration could tell. */
  readonly bareWay: Way | undefined;
  readonly hear: () => Promise<Heard>;
}

const CLEAR_SQL = `
reset role;
${REMOVE_SQL}
drop schema public cascade;
create schema public;
drop schema if exists private cascade;
drop schema if exists webhooks cascade;
do $$ begin if to_regrole('anon') is null then create role anon; end if; end $$;
grant usage on schema public to anon;
`;

export async function setUp(
  database: Database,
  fixture: Fixture,
  { feed, obeys }: { readonly feed: FeedKind; readonly obeys: boolean },
): Promise<Setup> {
  await database.exec(CLEAR_SQL);
  await database.exec(fixture.sql);
  await database.exec("grant select on all tables in schema public to anon;");
  const names = fixture.tables.filter(({ isUnseen }) => !isUnseen).map(({ name }) => name);
  const config: TidemarkConfig = { tables: Object.fromEntries(names.map((name) => [name, true])) };
  const key = obeys ? undefined : "a-key-of-some-other-role";
  const way = new Way(config, null, key);
  const install =
    feed === "pulled" ? captureInstallation(way.config) : webhookInstallation(way.config, fixture.watched);
  await database.exec(install);
  const mark = (comment: string) =>
    database.exec(`comment on table ${fixture.watched[0]} is '${comment}'; notify pgrst, 'reload schema'`);
  await database.postgrest?.reload(mark);
  way.learn(await describe(database.functions, way.config));
  if (feed === "pulled") {
    const pulled = new PulledChanges(database.functions);
    await pulled.hear();
    return { way, bareWay: undefined, hear: () => pulled.hear() };
  }
  const hear = async () => {
    const { rows } = await database.query<{ payload: string }>(TAKE_WEBHOOKS_SQL);
    return heardFromWebhooks(rows.map(({ payload }) => payload));
  };
  return { way, bareWay: bareWay(fixture, config, names), hear };
}

/** Declares nothing if queries name all that they depend on; else that every table may depend on all others. */
function bareWay(fixture: Fixture, config: TidemarkConfig, names: readonly string[]): Way | undefined {
  if (fixture.hasSilent) return undefined;
  if (!fixture.hasHidden) return new Way(config, null);
  const dependsOn = [...names, ...(fixture.leaves ?? [])];
  return new Way({ tables: Object.fromEntries(names.map((name) => [name, { dependsOn }])) }, null);
}
