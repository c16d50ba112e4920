import { createHash } from "node:crypto";
import { CAPTURE_SECRET } from "../../demo/capture.ts";
import { LEFT_SQL } from "../../demo/look-once.ts";
import { captureSql, removeCaptureSql, schemaSql } from "../../src/capture/capture-sql.ts";
import { watchTablesSql } from "../../src/cli/sql/watch-tables-sql.ts";
import type { ResolvedConfig } from "../../src/gateway/config/config.ts";
import { schemaQuestionOf } from "../../src/gateway/config/keeper-settings.ts";
import { parsePage } from "../../src/keeper/changes/pull-page.ts";
import type { Described } from "../../src/keeper/ports/ports.ts";
import { askChanges, askSchema, type DatabaseTarget } from "../../src/origin/ask-database.ts";
import { type Change, changeFromWebhook } from "../../src/postgrest/row/change.ts";

/** What the keeper learns in one step. */
export interface Heard {
  readonly changes: readonly Change[];
  /** Everything known before is invalid. */
  readonly everything: boolean;
  /** The database describes its schema differently from now on. */
  readonly isNewSchema: boolean;
  /** The database was restarted or restored, or its roles are others: everything is invalid, and described again. */
  readonly isNewHistory: boolean;
}

/** How changes reach the keeper: pulled from capture's outbox, or sent as webhooks. */
export type FeedKind = "pulled" | "hooked";

const SECRET_HASH = createHash("sha256").update(CAPTURE_SECRET).digest("hex");

/** Removes what the feeds install, before the tables are dropped. */
export const REMOVE_SQL = removeCaptureSql();

/**
 * Capture looks into functions for a second at most, and leaves the others for the next time. In PGlite on a busy machine that
 * is most of them.
 */
const LOOK_INTO_ALL = `
  do $$ begin
    while exists (${LEFT_SQL}) loop
      perform tidemark.schema_changed();
    end loop;
  end $$;`;

/** What `tidemark sql` prints for a configuration, with all functions looked into. */
export function captureInstallation(config: ResolvedConfig): string {
  const sql = captureSql({
    ...{ tables: [], schemas: [...config.schemas], secretHash: SECRET_HASH },
    roles: config.audiences.roles,
  });
  return sql + watchTablesSql([...config.dependents.keys()]) + LOOK_INTO_ALL;
}

/** What `tidemark sql --schema-only` prints, and Supabase's Database Webhooks on these tables. */
export function webhookInstallation(config: ResolvedConfig, tables: readonly string[]): string {
  const triggers = tables.map(
    (table) =>
      `create trigger told after insert or update or delete on ${table} for each row execute function webhooks.tell();`,
  );
  // Supabase's triggers do not fire in replica mode. Here they do, because the keeper must hear of those changes.
  const always =
    "do $$ declare t record; begin for t in select tgrelid::regclass as r from pg_trigger where tgname = 'told' loop execute format('alter table %s enable always trigger told', t.r); end loop; end $$;";
  return [
    schemaSql({ schemas: [...config.schemas], secretHash: SECRET_HASH }),
    WEBHOOKS_SQL,
    ...triggers,
    always,
  ].join("\n");
}

const WEBHOOKS_SQL = `
create schema webhooks;
create table webhooks.told (number serial, payload text);
create function webhooks.tell() returns trigger language plpgsql security definer as $$
begin
  insert into webhooks.told (payload) values (jsonb_build_object('type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema,
    'record', case when tg_op = 'DELETE' then null else to_jsonb(new) end,
    'old_record', case when tg_op = 'INSERT' then null else to_jsonb(old) end)::text);
  return null;
end $$;`;

/** How the database describes itself to a keeper with this configuration. */
export async function describe(target: DatabaseTarget, config: ResolvedConfig): Promise<Described> {
  const answer = await askSchema(target, schemaQuestionOf(config));
  if (typeof answer === "string") throw new Error(`the database does not describe itself: ${answer}`);
  return answer;
}

/** Pulls capture's outbox page by page, as the keeper does. */
export class PulledChanges {
  readonly #target: DatabaseTarget;
  #snapshot: string | null = null;
  #schemaVersion: number | null = null;
  #history: string | null = null;

  constructor(target: DatabaseTarget) {
    this.#target = target;
  }

  async hear(): Promise<Heard> {
    const since = this.#snapshot;
    const changes: Change[] = [];
    let everything = false;
    let [upto, after]: [string | null, string | null] = [null, null];
    for (;;) {
      const page = parsePage(await askChanges(this.#target, { since, upto, after }));
      changes.push(...page.changes);
      everything ||= page.flush || page.everything;
      [upto, after] = [page.snapshot, page.last];
      if (page.more && !page.flush) continue;
      const isNewSchema = page.schemaVersion !== this.#schemaVersion;
      const isNewHistory = page.history !== this.#history;
      this.#snapshot = page.snapshot;
      this.#schemaVersion = page.schemaVersion;
      this.#history = page.history;
      return { changes, everything, isNewSchema, isNewHistory };
    }
  }
}

/** What Database Webhooks would have sent. */
export function heardFromWebhooks(payloads: readonly string[]): Heard {
  return {
    changes: payloads.map(changeFromWebhook),
    everything: false,
    isNewSchema: false,
    isNewHistory: false,
  };
}

export const TAKE_WEBHOOKS_SQL = "delete from webhooks.told returning payload";
