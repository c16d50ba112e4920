import type { Sql } from "postgres";
import type { Postgres } from "../postgres.ts";

/** A session like PostgREST's for reads: the login role, switched to `anon`, read-only. */
export class Answers {
  readonly #sql: Sql;
  #ready: Promise<unknown> | undefined;

  constructor(server: Postgres) {
    this.#sql = server.sql({
      ...{ max: 1, user: "authenticator", password: "authenticator" },
      // A single session that does not look up types.
      ...{ fetch_types: false, prepare: false, max_lifetime: null },
    });
  }

  /** A query's answer with its rows sorted; undefined if it is refused. */
  async of(body: string): Promise<string | undefined> {
    this.#ready ??= this.#sql.unsafe(BEGIN_SQL).simple();
    await this.#ready;
    try {
      const [row] = await this.#sql.unsafe<{ answer: string }[]>(
        `select coalesce(string_agg(q::text, e'\\n' order by q::text collate "C"), '') as answer from (${body}) q`,
      );
      return row?.answer ?? "";
    } catch {
      return undefined;
    }
  }

  /** Answers by relation, for readable relations. */
  async all(relations: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const read = relations.map(
      async (name) => [name, await this.of(`select * from public.${name}`)] as const,
    );
    const answers = new Map<string, string>();
    for (const [name, answer] of await Promise.all(read)) if (answer !== undefined) answers.set(name, answer);
    return answers;
  }

  close(): Promise<void> {
    return this.#sql.end({ timeout: 1 });
  }
}

const BEGIN_SQL = `
set role anon;
set default_transaction_read_only = on;
set statement_timeout = '5s';
select set_config('request.method', 'GET', false), set_config('request.path', '/', false),
  set_config('request.jwt.claims', '{"role":"anon"}', false), set_config('request.headers', '{"accept":"application/json"}', false);
`;
