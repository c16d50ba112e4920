import postgres, { type Sql } from "postgres";
import { rungBy } from "./trap.ts";

export type Role = "postgres" | "supa" | "mallory" | "bob" | "authenticator";

/** The result of a statement: how many rows each part touched, or the error's code and message. */
export type Outcome =
  | { readonly rows: readonly number[]; readonly values: readonly Record<string, unknown>[] }
  | { readonly code: string; readonly message: string };

/** The connections to one database. Collects what traps report on any of them. */
export class Sessions {
  readonly rung: string[] = [];
  readonly #url: URL;
  readonly #clients = new Map<string, Sql>();

  constructor(serverUrl: string, database: string) {
    this.#url = new URL(serverUrl);
    this.#url.pathname = database;
  }

  /** `name` distinguishes sessions of one role. `searchPath` is the one from the role's or the database's settings. */
  as(
    role: Role,
    { name = role as string, searchPath }: { name?: string; searchPath?: string | undefined } = {},
  ): Sql {
    const known = this.#clients.get(name);
    if (known) return known;
    const url = new URL(this.#url);
    url.username = role;
    url.password = role === "postgres" ? "postgres" : "x";
    const client = postgres(url.href, {
      max: 1,
      fetch_types: false,
      idle_timeout: 0,
      ...(searchPath !== undefined && { connection: { search_path: searchPath } }),
      onnotice: ({ message }) => {
        const where = rungBy(message);
        if (where !== undefined) this.rung.push(where);
      },
    });
    this.#clients.set(name, client);
    return client;
  }

  /** The superuser who judges. Its search path has none of the attacker's names. */
  root(): Sql {
    return this.as("postgres", { name: "root", searchPath: "pg_catalog, pg_temp" });
  }

  async end(name: string): Promise<void> {
    await this.#clients.get(name)?.end({ timeout: 1 });
    this.#clients.delete(name);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.keys()].map((name) => this.end(name)));
  }
}

export async function run(sql: Sql, text: string, input?: string): Promise<Outcome> {
  try {
    if (input !== undefined) return await copy(sql, text, input);
    const answer = await sql.unsafe(text).simple();
    const results = (Array.isArray(answer[0]) ? answer : [answer]) as unknown as readonly (readonly Record<
      string,
      unknown
    >[] & { readonly count: number | null })[];
    return { rows: results.map(({ count }) => count ?? 0), values: results.flatMap((rows) => [...rows]) };
  } catch (error) {
    const { code = "none", message } = error as { code?: string; message: string };
    // It may still be in a failed transaction.
    await sql
      .unsafe("rollback")
      .simple()
      .catch(() => {});
    return { code, message };
  }
}

/** The client does not report a COPY that fails halfway, but then the next query ends first. */
async function copy(sql: Sql, text: string, input: string): Promise<Outcome> {
  const stream = await sql.unsafe(text).writable();
  const finished = new Promise<Outcome>((resolve) => {
    stream.once("finish", () => resolve({ rows: [], values: [] }));
    stream.once("error", () => resolve({ code: "copy", message: "COPY has failed" }));
  });
  stream.end(input);
  const next = sql.unsafe("select 1").then((): Outcome => ({ code: "copy", message: "COPY has failed" }));
  return Promise.race([finished, next]);
}

/** Runs each statement by itself on the server, even if others fail. Returns how many succeeded. */
export async function plant(sql: Sql, statements: readonly string[]): Promise<number> {
  const list = statements.map((statement) => `'${statement.replaceAll("'", "''")}'`).join(",\n");
  if (list === "") return 0;
  const outcome = await run(
    sql,
    `do $plant$
declare
  statement pg_catalog.text;
  planted int := 0;
begin
  foreach statement in array array[${list}]::pg_catalog.text[] loop
    begin
      execute statement;
      planted := planted operator(pg_catalog.+) 1;
    exception when others then
      null;
    end;
  end loop;
  perform pg_catalog.set_config('canary.planted', planted::pg_catalog.text, false);
end $plant$;
select pg_catalog.current_setting('canary.planted') as planted`,
  );
  if ("code" in outcome) throw new Error(`nothing could be planted: ${outcome.message}`);
  return Number(outcome.values[0]?.planted);
}
