// An embedded Supabase for the tests: PostgREST's API over PGlite, in this process.

import "./no-telemetry.ts";
import { readFileSync } from "node:fs";
import { App } from "@supabase/lite";
import { createPgliteConnection } from "@supabase/lite/pglite";

export const PUBLISHABLE_KEY = "sb_publishable_articles";

export interface WebhookPayload {
  readonly type: "INSERT" | "UPDATE" | "DELETE";
  readonly table: "articles";
  readonly schema: "public";
  readonly record: unknown;
  readonly old_record: unknown;
}

export interface EmbeddedSupabase {
  fetch(request: Request): Promise<Response>;
  /** How many requests have arrived, and how many of them were answered. */
  readonly requests: () => number;
  readonly answers: () => number;
  /** Writes past the API, and returns the events that Database Webhooks would send: whole rows, including drafts. */
  change(sql: string): Promise<WebhookPayload[]>;
  setDown(down: boolean): void;
  close(): Promise<void>;
}

const ROLES = `
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
grant usage on schema public to anon, authenticated, service_role;
alter default privileges grant all on tables to anon, authenticated, service_role;
`;

const WEBHOOK = `
create table webhook_queue (n bigint generated always as identity, payload json not null);
create function webhook() returns trigger language plpgsql security definer as $$
begin
  insert into webhook_queue (payload) values (json_build_object(
    'type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema,
    'record', case tg_op when 'DELETE' then null else to_json(new) end,
    'old_record', case tg_op when 'INSERT' then null else to_json(old) end));
  return null;
end $$;
create trigger articles_webhook after insert or update or delete on articles for each row execute function webhook();
`;

export async function startSupabase(): Promise<EmbeddedSupabase> {
  const connection = await createPgliteConnection({});
  const { driver } = connection;
  await driver.exec(ROLES);
  await driver.exec(readFileSync(new URL("schema.sql", import.meta.url), "utf8"));
  await driver.exec(WEBHOOK);
  const app = new App({
    connection,
    auth: {
      enabled: true,
      jwt_secret: "the example's secret, at least 32 characters",
      publishable_key: PUBLISHABLE_KEY,
      secret_key: "sb_secret_articles",
    },
    options: { server: { admin: false, disableStudio: true } },
  });
  await app.ensureSystemSchema();

  let requests = 0;
  let answers = 0;
  let down = false;
  // PGlite is one session, and @supabase/lite 0.10 does not wait for the last request's transaction to end.
  let last: Promise<unknown> = Promise.resolve();
  const exclusive = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
  return {
    fetch: (request) => {
      requests++;
      // Not 503, which supabase-js retries for seven seconds.
      if (down) return Promise.resolve(new Response("down", { status: 500 }));
      return exclusive(async () => {
        const response = await app.fetch(request, { peerAddress: null });
        answers++;
        return response;
      });
    },
    requests: () => requests,
    answers: () => answers,
    change: (sql) =>
      exclusive(async () => {
        await driver.exec(sql);
        const { rows } = await driver.query<{ payload: WebhookPayload }>(
          "with taken as (delete from webhook_queue returning *) select payload from taken order by n",
        );
        return rows.map(({ payload }) => payload);
      }),
    setDown: (value) => {
      down = value;
    },
    close: () => exclusive(() => connection.close()),
  };
}
