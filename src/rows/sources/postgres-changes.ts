import * as v from "valibot";
import { askChanges, askPrune, callSchema, type DatabaseTarget } from "../../origin/ask-database.ts";
import { parseSchema } from "../../postgrest/schema/parse-schema.ts";
import type { RowMap } from "../row-map.ts";
import type { RowPageRequest, RowSource } from "../row-source.ts";
import { postgresMap } from "./postgres-map.ts";

const DEADLINE_MS = 10_000;

/** What both ways to capture need. */
interface AskedOptions {
  /** The secret of `tidemark sql`, which its functions require: `TIDEMARK_CAPTURE_SECRET`. */
  readonly secret: string;
  /**
   * Columns by which rows are told apart, besides the primary keys: `["posts.author_id"]`. `rows("posts", { author_id })` then
   * stands on that author's posts alone.
   */
  readonly follow?: readonly string[];
  /** The schemas in which names without one are looked for. Capture's functions are in the first. Default `["public"]`. */
  readonly schemas?: readonly string[];
}

/** Capture through PostgREST, or through Supabase. */
export interface PostgrestChangesOptions extends AskedOptions {
  /** `https://project.supabase.co/rest/v1`: PostgREST's address. */
  readonly url: string;
  /** The project's publishable key. PostgREST alone needs none. */
  readonly key?: string;
  /** A token of a role that may call capture's functions, where anonymous readers may not. */
  readonly token?: string;
}

/** Capture through a connection of one's own. */
export interface PostgresChangesOptions extends AskedOptions {
  /**
   * Runs a statement on the **primary**, and resolves to its rows: `(text, values) => sql.unsafe(text, values)` of `postgres`,
   * `async (text, values) => (await pool.query(text, values)).rows` of `pg`. Hyperdrive's own cache must be off: it answers
   * up to 60 s late.
   */
  readonly query: (
    text: string,
    values: (string | null)[],
  ) => PromiseLike<readonly Readonly<Record<string, unknown>>[]>;
}

/** Changes that capture has recorded (`tidemark sql`), asked for through PostgREST. For `libraryKeeper`. */
export function postgrestChanges(options: PostgrestChangesOptions): RowSource {
  const { url, key, token, secret, schemas = ["public"] } = options;
  const target: DatabaseTarget = {
    url: url.replace(/\/+$/, ""),
    credentials: {
      ...(key !== undefined && { apikey: key }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...{ secret, exposedSchema: schemas[0] ?? "public", anonRole: "anon", deadlineMs: DEADLINE_MS },
  };
  return {
    async followed() {
      const response = await callSchema(target, { tables: null, reader: null });
      if (response.status >= 400 && response.status < 500) {
        await response.body?.cancel();
        return "refused";
      }
      if (!response.ok) throw new Error(`tidemark_schema answered ${response.status}`);
      return followedIn(await response.text(), options);
    },
    changes: (request) => askChanges(target, request),
    prune: () => askPrune(target),
  };
}

/** The same, asked for through a connection. */
export function postgresChanges(options: PostgresChangesOptions): RowSource {
  const { query, secret, schemas = ["public"] } = options;
  const schema = `"${(schemas[0] ?? "public").replaceAll('"', '""')}"`;
  const call = async (text: string, values: (string | null)[]): Promise<string> => {
    const [row] = await query(text, values);
    const answer = row?.answer;
    if (typeof answer !== "string") throw new Error("capture answered with no text");
    return answer;
  };
  return {
    async followed() {
      try {
        return followedIn(
          await call(`select ${schema}.tidemark_schema($1)::text as answer`, [secret]),
          options,
        );
      } catch (error) {
        if (isRefusal(error)) return "refused";
        throw error;
      }
    },
    changes({ since, upto, after }: RowPageRequest) {
      const text = `select ${schema}.tidemark_changes($1, $2, $3, $4::bigint)::text as answer`;
      return call(text, [secret, since, upto, after]);
    },
    async prune() {
      await query(`select ${schema}.tidemark_prune($1)`, [secret]);
    },
  };
}

const answerShape = v.object({
  version: v.nullable(v.number()),
  schema: v.record(v.string(), v.unknown()),
  watched: v.record(v.string(), v.object({ covered: v.boolean() })),
  // Not from an installation before it had a number.
  database: v.nullish(v.string()),
});

/** @throws FollowError */
function followedIn(
  text: string,
  { follow = [], schemas = ["public"] }: AskedOptions,
): { readonly version: number; readonly map: RowMap } | "refused" | "unreadable" {
  const answer = v.safeParse(answerShape, jsonIn(text));
  if (!answer.success) return "unreadable";
  const { version, schema, watched, database } = answer.output;
  if (version === null) return "refused";
  const covered = Object.keys(watched).filter((name) => watched[name]?.covered);
  try {
    const described = parseSchema(JSON.stringify(schema));
    const map = postgresMap(described, new Set(covered), follow, schemas);
    return { version, map: database ? { database, ...map } : map };
  } catch (error) {
    if (error instanceof Error && error.name === "SchemaSyntaxError") return "unreadable";
    throw error;
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** No such function, no right to call it, or not with this secret (`PT401`, by capture): `SQLSTATE` of Postgres. */
function isRefusal(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === "string" && /^(?:42883|42501|3F000|28|PT401)/.test(code);
}
