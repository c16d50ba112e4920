import { captureSql, schemaSql } from "../../capture/capture-sql.ts";
import type { AccessOptions, Nudge } from "../../capture/sql/options.ts";
import { VERSION } from "../../runtime/version.ts";
import { keepSecretSql } from "./keep-secret-sql.ts";
import { hashOf } from "./secrets.ts";
import { watchTablesSql } from "./watch-tables-sql.ts";

export const KEEPER_ROLE = "tidemark_keeper";

export interface MigrationOptions {
  /** All that count; the last one is the newest. */
  readonly secrets: readonly string[];
  /** Whether a secret of the database is replaced. Otherwise the SQL stops where there is another one. */
  readonly replaces: boolean;
  /** The schemas that PostgREST exposes. */
  readonly schemas: Iterable<string>;
  readonly defaultSchema: string;
  /** The one role that may call besides the keeper's. Undefined: those that may already. */
  readonly caller: string | undefined;
  /** The roles of those who sign in. */
  readonly roles: readonly string[];
  /** What is watched: `schema.name` each. Null: the schema is described, and nothing is watched. */
  readonly relations: readonly string[] | null;
  readonly nudge?: Nudge | undefined;
  readonly timeZone?: string | undefined;
}

/**
 * The migration, as `tidemark sql` prints it and `tidemark init` writes it. The same options make the same text.
 *
 * @throws CaptureOptionsError for an invalid option
 */
export function migrationSql(options: MigrationOptions): string {
  const { secrets, replaces, schemas, defaultSchema, caller, roles, relations, nudge, timeZone } = options;
  const hashes = secrets.map(hashOf);
  const access: AccessOptions = {
    secretHash: hashes,
    exposedSchema: defaultSchema,
    schemas: [...schemas],
    keeperRole: KEEPER_ROLE,
    callers: caller === undefined ? undefined : [caller],
  };
  const sql =
    relations === null
      ? schemaSql(access)
      : captureSql({ ...access, tables: [], roles, nudge, timeZone }, relations) + watchTablesSql(relations);
  const guard = replaces ? "" : keepSecretSql(hashes.at(-1) ?? "");
  return `-- Made by tidemark ${VERSION}. Run it again to bring a database up to date.\n${guard}${sql}`;
}
