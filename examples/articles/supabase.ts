// An embedded Supabase for the tests: PostgREST's API over PGlite, in this process.

import "./no-telemetry.ts";
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { App } from "@supabase/lite";
import { createPgliteConnection } from "@supabase/lite/pglite";
import { runToEnd } from "../../src/cli/testing/command.ts";
import { listening } from "../../testing/origins/listening.ts";

export const PUBLISHABLE_KEY = "sb_publishable_articles";
export const CAPTURE_SECRET = "the-secret-of-capture";

/** How it tells of changes. */
export type Way = "capture" | "webhooks";

export interface WebhookPayload {
  readonly type: "INSERT" | "UPDATE" | "DELETE";
  readonly table: "articles";
  readonly schema: "public";
  readonly record: { readonly id: number } | null;
  readonly old_record: { readonly id: number } | null;
}

export interface EmbeddedSupabase {
  readonly url: string;
  /** Writes past the API, and returns the events that Database Webhooks would send: whole rows, including drafts. */
  change(sql: string): Promise<WebhookPayload[]>;
  /** How many requests for articles have arrived whose URL holds this text. */
  reads(part?: string): number;
  /** Holds the next answer to such a request back, after the database has been read. */
  hold(part: string): { readonly isHeld: Promise<void>; readonly release: () => void };
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
create schema webhooks;
create table webhooks.queue (n bigint generated always as identity, payload json not null);
create function webhooks.enqueue() returns trigger language plpgsql security definer as $$
begin
  insert into webhooks.queue (payload) values (json_build_object(
    'type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema,
    'record', case tg_op when 'DELETE' then null else to_json(new) end,
    'old_record', case tg_op when 'INSERT' then null else to_json(old) end));
  return null;
end $$;
create trigger webhook after insert or update or delete on articles for each row execute function webhooks.enqueue();
`;
const TAKE = "with taken as (delete from webhooks.queue returning *) select payload from taken order by n";

/** What the README says to run. */
async function captureSql(): Promise<string> {
  const args = ["sql", "--tables", "articles", "--caller", "anon"];
  const { stdout, stderr, exitCode } = await runToEnd(args, import.meta.dirname, {
    TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET,
  });
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

export async function startSupabase(way: Way): Promise<EmbeddedSupabase> {
  const connection = await createPgliteConnection({});
  const { driver } = connection;
  await driver.exec(ROLES);
  await driver.exec(readFileSync(new URL("schema.sql", import.meta.url), "utf8"));
  await driver.exec(way === "capture" ? await captureSql() : WEBHOOK);
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

  const reads: string[] = [];
  let down = false;
  let holding:
    | { readonly part: string; readonly held: () => void; readonly released: Promise<void> }
    | undefined;
  // PGlite is one session, and @supabase/lite 0.10 does not wait for the last request's transaction to end.
  let last: Promise<unknown> = Promise.resolve();
  const exclusive = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
  const answer = async (request: Request): Promise<Response> => {
    const isRead = new URL(request.url).pathname === "/rest/v1/articles";
    if (isRead) reads.push(request.url);
    // Not 503, which supabase-js retries for seven seconds.
    if (down) return new Response("down", { status: 500 });
    const response = await exclusive(() => app.fetch(request, { peerAddress: null }));
    if (holding === undefined || !request.url.includes(holding.part)) return response;
    const { held, released } = holding;
    holding = undefined;
    held();
    await released;
    return response;
  };
  const server = await listening(
    createAdaptorServer({ overrideGlobalObjects: false, fetch: answer }) as Server,
  );
  return {
    url: server.url,
    change: (sql) =>
      exclusive(async () => {
        await driver.exec(sql);
        if (way === "capture") return [];
        const { rows } = await driver.query<{ payload: WebhookPayload }>(TAKE);
        return rows.map(({ payload }) => payload);
      }),
    reads: (part = "") => reads.filter((url) => url.includes(part)).length,
    hold(part) {
      const held = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      holding = { part, held: held.resolve, released: released.promise };
      return { isHeld: held.promise, release: released.resolve };
    },
    setDown: (value) => {
      down = value;
    },
    async close() {
      await server.stop();
      await exclusive(() => connection.close());
    },
  };
}
