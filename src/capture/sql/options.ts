import { identifier } from "./quote.ts";

export interface WatchedTable {
  /** `schema.table`, as Postgres stores the names: no quotes. The schema ends at the first dot. */
  readonly relation: string;
  /**
   * The columns whose values are captured, in addition to those of the primary key and of partition keys. Default: all.
   * A query that filters, sorts or shows another column counts as affected by every change of a row that it may
   * contain.
   */
  readonly columns?: readonly string[] | undefined;
}

/** A nudge only says that there is something to pull. It may be lost, because no bound depends on it. */
export type Nudge =
  /**
   * Through pg_net where it is installed, else as `NOTIFY`. `secret` is a key of Standard Webhooks: `whsec_<base64>`.
   */
  | { readonly url: string; readonly secret: string }
  /** `NOTIFY tidemark`, for the relay. Commits that notify run one at a time in the whole server. */
  | "notify"
  | "off";

export interface AccessOptions {
  /** SHA-256, in hex, of the keeper's secret; two while it is being replaced. Earlier ones no longer work. */
  readonly secretHash: string | readonly string[];
  /** The schema that PostgREST exposes and that the functions are created in. Default: `public`. */
  readonly exposedSchema?: string | undefined;
  /** The schemas that queries read, besides those of watched tables. Default: the exposed one. */
  readonly schemas?: readonly string[] | undefined;
  /** The role that the keeper's token names. Created if missing. Default: `tidemark_keeper`. */
  readonly keeperRole?: string | undefined;
  /** PostgREST's login role, which must be able to switch to the keeper's role. Default: `authenticator`. */
  readonly authenticatorRole?: string | undefined;
  /**
   * The other roles that may call. Name `anon` if you cannot sign a token for the keeper's role; the secret still guards.
   * Default: unchanged, which is nobody at first.
   */
  readonly callers?: readonly string[] | undefined;
}

export interface CaptureOptions extends AccessOptions {
  readonly tables: readonly WatchedTable[];
  /**
   * The roles of those who sign in: each may call `tidemark_whoami`, which tells a caller what its own token says.
   * Those that do not exist are left out. Default: `authenticated`.
   */
  readonly roles?: readonly string[] | undefined;
  /** Default: unchanged, which is "off" at first. */
  readonly nudge?: Nudge | undefined;
  /**
   * The `timezone` of PostgREST's sessions (of its role or database), so that times are printed alike. Default:
   * unchanged, which is `UTC` at first.
   */
  readonly timeZone?: string | undefined;
}

export interface RemoveOptions {
  readonly exposedSchema?: string | undefined;
  readonly keeperRole?: string | undefined;
}

export type CaptureOptionsErrorCode = "bad-secret-hash" | "bad-relation" | "bad-nudge";

export class CaptureOptionsError extends Error {
  override readonly name = "CaptureOptionsError";
  readonly code: CaptureOptionsErrorCode;

  constructor(code: CaptureOptionsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface ResolvedAccess {
  readonly secretHashes: readonly string[];
  readonly exposedSchema: string;
  readonly schemas: readonly string[];
  readonly keeperRole: string;
  readonly authenticatorRole: string;
  /** Undefined: unchanged. */
  readonly callers: readonly string[] | undefined;
}

/** @throws CaptureOptionsError */
export function resolveAccess(options: AccessOptions): ResolvedAccess {
  const { secretHash, exposedSchema = "public", schemas = [exposedSchema] } = options;
  const secretHashes = typeof secretHash === "string" ? [secretHash] : secretHash;
  for (const hash of secretHashes) {
    if (!/^[0-9a-f]{64}$/i.test(hash))
      throw new CaptureOptionsError("bad-secret-hash", "secretHash is not a SHA-256 in hexadecimal");
  }
  return {
    secretHashes,
    exposedSchema,
    schemas,
    keeperRole: options.keeperRole ?? "tidemark_keeper",
    authenticatorRole: options.authenticatorRole ?? "authenticator",
    callers: options.callers,
  };
}

/** @throws CaptureOptionsError when it is not `schema.table` */
function splitRelation(relation: string): { readonly schema: string; readonly table: string } {
  const dot = relation.indexOf(".");
  if (dot < 1 || dot === relation.length - 1)
    throw new CaptureOptionsError("bad-relation", `${JSON.stringify(relation)} is not schema.table`);
  return { schema: relation.slice(0, dot), table: relation.slice(dot + 1) };
}

/**
 * A relation (`schema.table`, without quotes) as `regclass` reads it.
 *
 * @throws CaptureOptionsError when it is not `schema.table`
 */
export function qualifiedName(relation: string): string {
  const { schema, table } = splitRelation(relation);
  return `${identifier(schema)}.${identifier(table)}`;
}

/** @throws CaptureOptionsError */
export function checkNudge(nudge: Nudge): void {
  if (typeof nudge === "string") return;
  if (!/^https?:\/\//.test(nudge.url))
    throw new CaptureOptionsError("bad-nudge", "nudge.url is not an HTTP URL");
  if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(nudge.secret))
    throw new CaptureOptionsError("bad-nudge", "nudge.secret is not whsec_ and at least 24 bytes in base64");
}
