import { JWT_SECRET } from "../capture.ts";

interface PostgrestConfig {
  /** The login role's: `postgres://authenticator:…` */
  readonly databaseUrl: string;
  readonly schemas: readonly string[];
  readonly port: number;
  readonly adminPort: number;
}

/** The role that PostgREST logs in as, as on Supabase. Create it before capture grants it the keeper's role. */
export const AUTHENTICATOR = { user: "authenticator", password: "authenticator" } as const;

export const AUTHENTICATOR_SQL = `
do $$ begin
  if to_regrole('${AUTHENTICATOR.user}') is null then
    create role ${AUTHENTICATOR.user} login noinherit password '${AUTHENTICATOR.password}';
  end if;
end $$;
grant anon, authenticated, service_role to ${AUTHENTICATOR.user};
`;

/** The contents of PostgREST's configuration file: https://docs.postgrest.org/en/stable/references/configuration.html */
export function configFile({ databaseUrl, schemas, port, adminPort }: PostgrestConfig): string {
  const settings: Readonly<Record<string, string | number | boolean>> = {
    "db-uri": databaseUrl,
    "db-schemas": schemas.join(", "),
    "db-anon-role": "anon",
    "db-aggregates-enabled": true,
    "db-channel": "pgrst",
    "db-channel-enabled": true,
    "jwt-secret": JWT_SECRET,
    "server-host": "127.0.0.1",
    "server-port": port,
    "admin-server-host": "127.0.0.1",
    "admin-server-port": adminPort,
    "log-level": "error",
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === "string" ? quoted(value) : value}\n`)
    .join("");
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
