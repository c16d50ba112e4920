import type { Options, Sql } from "postgres";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { parseSchema } from "../../postgrest/schema/parse-schema.ts";
import type { Reads } from "../../postgrest/schema/schema.ts";
import { captureSql } from "../capture-sql.ts";
import { SECRET, SECRET_HASH } from "./database.ts";

const TABLES = `
  create schema auth; grant usage on schema auth to public;
  create function auth.uid() returns uuid language sql stable as
    $$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
  create type app_role as enum ('admin', 'user');
  create table memberships (user_id uuid, team_id int, primary key (user_id, team_id));
  create table user_roles (user_id uuid, role app_role, primary key (user_id, role));
  create table docs (id int primary key, team_id int, title text, at timestamptz); alter table docs enable row level security;
  create schema helpers;`;

interface Analysis {
  readonly obstacle: string | null;
  /** Why a function is not understood, by its signature. */
  readonly refusals: Readonly<Record<string, string>>;
}

/** A server with capture, and documents whose policy is what a test makes it. */
export class AnalysedDatabase {
  readonly postgres: Postgres;
  readonly sql: Sql;

  private constructor(postgres: Postgres) {
    this.postgres = postgres;
    this.sql = this.session();
  }

  static readonly INSTALL = captureSql({
    tables: ["memberships", "user_roles", "docs"].map((name) => ({ relation: `public.${name}` })),
    secretHash: SECRET_HASH,
  });

  static async start(): Promise<AnalysedDatabase> {
    const flags = ["-c", "fsync=off", "-c", "max_prepared_transactions=2"];
    const database = new AnalysedDatabase(await startPostgres({ flags }));
    await database.exec(TABLES + AnalysedDatabase.INSTALL);
    return database;
  }

  session(options: Options<Record<string, never>> = {}): Sql {
    return this.postgres.sql({ max: 1, ...options });
  }

  exec(text: string): Promise<unknown> {
    return this.sql.unsafe(text).simple();
  }

  /** Takes away what the last test made. */
  async clear(): Promise<void> {
    await this.exec(
      "reset all; discard temp; drop policy if exists p on docs; drop schema helpers cascade; create schema helpers",
    );
  }

  /** Makes a helper, with `body` for its body, and a policy that calls it. */
  async guard(declaration: string, body: string, condition: string): Promise<void> {
    await this.exec(`create function helpers.${declaration} as $body$${body}$body$;
      create policy p on docs using (${condition})`);
  }

  async analysis(): Promise<Analysis> {
    return (await this.#answer()).analysis;
  }

  /** What the documents' policy reads. */
  async reads(): Promise<Reads> {
    const { schema } = await this.#answer();
    const reads = parseSchema(JSON.stringify(schema)).get("public.docs")?.reads;
    if (reads === undefined) throw new Error("docs has no policy");
    return reads;
  }

  /** The relations that it reads by functions, with their columns, and what is not understood in it. */
  async told(): Promise<{ calls: Record<string, readonly string[]>; caveats: string[]; request: string[] }> {
    const { calls, caveats, request } = await this.reads();
    return {
      calls: Object.fromEntries(calls),
      caveats: caveats.map(({ kind, culprit }) => `${kind}: ${culprit}`),
      request: [...request],
    };
  }

  async #answer(): Promise<{ readonly schema: unknown; readonly analysis: Analysis }> {
    const [row] = await this.sql<[{ answer: { schema: unknown; analysis: Analysis } }]>`
      select public.tidemark_schema(${SECRET}::pg_catalog.text) as answer`;
    return row.answer;
  }
}
