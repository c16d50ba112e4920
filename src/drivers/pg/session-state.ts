import { TEXTS } from "./answers.ts";
import type { PgClient, PgResult } from "./shapes.ts";

/** What of a session decides what names mean, what may be read and how values are written, beside the database itself. */
interface SessionState {
  /** Who has signed in: no statement changes that. */
  readonly login: string;
  readonly session: string;
  readonly role: string;
  /** The number of the schema of its temporary tables; 0: it has had none. */
  readonly temporary: string;
  /** Settings that have another value than when the connection began, and for longer than a transaction. */
  readonly settings: Readonly<Record<string, string>> | null;
}

/**
 * Asks for it by names that no search path and no operator of somebody's can give another meaning. `application_name` has no
 * effect on answers, and some people set it again and again.
 */
const STATE_SQL = `select pg_catalog.json_build_object(
  'login', (select pg_catalog.pg_get_userbyid(a.usesysid)
    from pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a),
  'session', session_user,
  'role', current_user,
  'temporary', pg_catalog.oidout(pg_catalog.pg_my_temp_schema())::pg_catalog.text,
  'settings', (select pg_catalog.json_object_agg(s.name, s.setting order by s.name) from pg_catalog.pg_settings s
    where s.source operator(pg_catalog.=) 'session' and (s.setting operator(pg_catalog.=) s.reset_val) is not true
      and s.name operator(pg_catalog.<>) 'application_name')
)::pg_catalog.text as state`;

/** As text, equal for equal states; undefined when the database does not tell. Outside of a transaction only. */
export async function sessionState(client: PgClient): Promise<string | undefined> {
  try {
    const { rows } = (await client.query({ text: STATE_SQL, types: TEXTS })) as PgResult;
    return (rows as readonly { readonly state: string }[])[0]?.state;
  } catch {
    // Then nobody knows, and nothing is kept.
    return undefined;
  }
}

/** Whether a connection is as the server makes it, before anybody has sent anything over it. */
export function isUntouched(state: string): boolean {
  const { login, session, role, temporary, settings } = JSON.parse(state) as SessionState;
  return login === session && session === role && temporary === "0" && settings === null;
}
