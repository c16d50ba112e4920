import type { SignedIn } from "../../keeper/ports/settings.ts";
import type { Mode } from "../../keeper/protocol/position.ts";
import type { Duration } from "../../runtime/duration.ts";
import type { AllowedOrigins } from "../http/headers/cors.ts";
import type { HeaderSettings } from "../http/headers/header-role.ts";
import type { FunctionConfig } from "./function-config.ts";
import type { KeeperConfig, LOCATION_HINTS } from "./keeper-config.ts";

/** The configuration that the owner writes in `tidemark.config.ts`. */
export interface TidemarkConfig {
  /** Schemas that PostgREST exposes; the first is the default one. Default: `["public"]`. */
  readonly schemas?: readonly string[];
  /** The tables and views whose reads are cached, as `name` (in the default schema) or `schema.name`. */
  readonly tables: Readonly<Record<string, TableConfig | true>>;
  /**
   * The functions whose reads by `/rest/v1/rpc/…` are cached, as `name` (in the default schema) or `schema.name`, without
   * arguments. All functions of a name count together. It needs a database that describes itself: docs/functions. Default:
   * none.
   */
  readonly functions?: Readonly<Record<string, FunctionConfig | true>>;
  /** Where PostgREST is, and how anonymous readers show their key. Default: as in Supabase. */
  readonly origin?: OriginConfig;
  /**
   * How the reads of users who sign in are cached: see docs/configuration. It needs capture. `false`: they pass through.
   * Default: those with the role `authenticated` are cached.
   */
  readonly audiences?: AudiencesConfig | false;
  readonly headers?: HeadersConfig;
  readonly limits?: Partial<Limits>;
  readonly timeouts?: TimeoutsConfig;
  readonly keeper?: KeeperConfig;
  /**
   * Mirrors of the keeper near its readers: so many Durable Objects in each of Cloudflare's regions. They need the binding
   * `MIRROR`: docs/mirrors. Default: `"off"`.
   */
  readonly mirrors?: MirrorsConfig | "off";
  /**
   * The data centre's own cache (the Cache API), in which isolates leave answers for each other. It costs nothing, and has no
   * effect on `workers.dev`. `"auto"`: where it is of use. `"off"`: not at all. Default: `"auto"`.
   */
  readonly colo?: "auto" | "off";
  /** Origins that browsers may read from, such as `https://app.example`. Default: `"*"`. */
  readonly allowedOrigins?: readonly string[] | "*";
}

/** How the answers of one table or view are cached. */
export interface TableConfig {
  /** How old the proof behind an answer may be; `"0s"` asks every time. Default: `"10s"`. */
  readonly freshness?: Duration;
  /** When an entry expires in any case, because a webhook may be lost. Default: `"1h"`. */
  readonly ttl?: Duration;
  /**
   * How much older than `freshness` an answer may be that is given at once and refreshed behind, unless a change is known to
   * have touched it. The promise is then the sum of both: docs/consistency. Default: `"0s"`, the reader waits.
   */
  readonly staleWhileRevalidate?: Duration;
  /** How old an answer may be while the database does not answer. Default: `"0s"`, never. */
  readonly staleIfError?: Duration;
  /**
   * `key`: an answer serves whom it is for, by the key and the token that they show (default). `public`: the publishable
   * key's answer serves everybody, signed in or not.
   */
  readonly audience?: "key" | "public";
  /**
   * Further relations that answers depend on: base tables of a view, tables that policies read. Where Postgres
   * describes its schema, only functions need this; list everything that they read. They must read neither clock nor
   * request headers.
   */
  readonly dependsOn?: readonly string[];
}

/** How an anonymous reader shows the key, `SUPABASE_PUBLISHABLE_KEY`. */
export const ORIGIN_KEYS = ["apikey+bearer", "bearer", "apikey", "none"] as const;

/** How an anonymous reader shows the key: one of `ORIGIN_KEYS`. */
export type OriginKey = (typeof ORIGIN_KEYS)[number];

interface OriginConfig {
  /** PostgREST's path behind `SUPABASE_URL`, such as `"/"` or `"/api"`. Default: `"/rest/v1"`. */
  readonly path?: string;
  /**
   * How an anonymous reader shows the key. `apikey+bearer`: as `apikey`, and as a bearer or not at all (Supabase).
   * `bearer`: as `Authorization: Bearer <key>`. `apikey`: as `apikey` alone. `none`: there is no key, and a request
   * without `Authorization` is anonymous. Default: `"apikey+bearer"`.
   */
  readonly key?: OriginKey;
  /** The database role of anonymous readers. Default: `"anon"`. */
  readonly anonRole?: string;
}

/**
 * How the reads of users who sign in are cached. Which of them share an answer follows from the database's policies, views
 * and functions: those for whom every claim that these read has the same value.
 */
export interface AudiencesConfig {
  /** Roles whose reads are cached; an empty list means none. Default: `["authenticated"]`. */
  readonly roles?: readonly string[];
  /** For how long the database's word on a token counts: a revoked one ends by then. Default: `"5m"`. */
  readonly recheck?: Duration;
  /**
   * Whether a table's `staleIfError` also holds for answers that depend on a person's claims. They could then be served
   * after somebody's rights were revoked. Default: `false`.
   */
  readonly staleIfError?: boolean;
  /**
   * The claims that a function reads which Tidemark cannot look into, such as `{ "is_admin": ["sub"] }`; `[]` means none.
   * Write a claim inside another one as `app_metadata.tenant`. Nothing else of the request may it read.
   */
  readonly claims?: Readonly<Record<string, readonly string[]>>;
}

/** Headers besides those that PostgREST itself knows, in any case. */
interface HeadersConfig {
  /** Request headers that do not affect the answer. A fill never sends them. */
  readonly ignore?: readonly string[];
  /** Request headers that affect the answer. They are part of the key, and a fill sends them. */
  readonly key?: readonly string[];
  /** Response headers that the database sets (`response.headers`) and that an entry keeps. */
  readonly response?: readonly string[];
}

/** Caps on what the gateway and its keeper hold and spend. */
export interface Limits {
  /** Larger responses pass through uncached. Default: 1 MiB; at most 1,500,000. */
  readonly maxBodyBytes: number;
  /** Reads whose path and query have more characters pass through uncached. Default: 8,192. */
  readonly maxUrlLength: number;
  /** Bytes of entries in one isolate's memory. Default: 32 MiB. */
  readonly memoryBytes: number;
  /** Entries in one isolate's memory. Default: 10,000. */
  readonly memoryEntries: number;
  /** Keys that the keeper registers. Default: 20,000. */
  readonly maxKeys: number;
  /** Bytes of the keeper's memory for the keys and what they depend on. Default: 24 MiB. */
  readonly registryBytes: number;
  /** Keys that one client may create. Default: 600. */
  readonly newKeysPerClientPerMinute: number;
  /** Default: 900, within the free plan's 1,000. */
  readonly kvWritesPerDay: number;
  /** Refills of keys that have changed. Default: 600. */
  readonly refillsPerMinute: number;
}

interface TimeoutsConfig {
  /**
   * How long a read waits in an isolate that has not heard from the keeper yet, which may be starting, before the database is
   * asked. Default: `"30ms"`.
   */
  readonly start?: Duration;
  /** An isolate's call to the keeper to learn what has changed. Default: `"2s"`. */
  readonly sync?: Duration;
  /** An isolate's call to the keeper for an answer. Default: `"10s"`. */
  readonly fill?: Duration;
  /** A request to Supabase. Default: `"8s"`. */
  readonly origin?: Duration;
}

/** Mirrors of the keeper. */
export interface MirrorsConfig {
  /** In each region. One serves some 600 calls a second: busy isolates of a region × 2 ÷ `freshness` in seconds. At most 100. */
  readonly perRegion: number;
}

/** Returns the configuration as it is. Gives `tidemark.config.ts` its types. */
export function defineConfig(config: TidemarkConfig): TidemarkConfig {
  return config;
}

/** A configured table. Nothing in it is optional. */
export interface ResolvedTable {
  /** `schema.table` */
  readonly relation: string;
  readonly freshnessMs: number;
  readonly ttlMs: number;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  readonly audience: "key" | "public";
  /** `schema.table` each; null when the owner has not set it. */
  readonly dependsOn: readonly string[] | null;
}

/** A configured function. Its `relation` is `schema.function()`, and nothing in it is optional. */
export interface ResolvedFunction extends ResolvedTable {
  /** Which rows of what it depends on it reads: relations of `dependsOn` → filters. */
  readonly rows: ReadonlyMap<string, string>;
}

/** The keys of anonymous readers, and how they are shown. */
export interface ReaderKeys {
  /** Empty where `shownAs` is `none`. */
  readonly publishable: string;
  readonly legacyAnon: string | null;
  readonly shownAs: OriginKey;
}

/** Whose reads are cached of those who sign in. Without capture, `roles` is empty. */
export interface ResolvedAudiences extends SignedIn {
  /** Whether a table's `staleIfError` holds for answers that depend on a person's claims. */
  readonly staleIfError: boolean;
}

/** What passing requests on needs, and so all that a gateway with a wrong environment must know. */
export interface Forwarding {
  /** `https://project.supabase.co`, without trailing slash. */
  readonly origin: string;
  /** PostgREST's path behind it, without trailing slash: `/rest/v1`; empty for the root. */
  readonly restPath: string;
  readonly allowedOrigins: AllowedOrigins;
  /** Response headers that the database sets and pages may read, in lower case. */
  readonly headers: { readonly response: ReadonlySet<string> };
  readonly timeouts: { readonly originMs: number };
}

/** A configuration with every default filled in; durations are milliseconds. */
export interface ResolvedConfig extends Forwarding {
  /** The database role of anonymous readers. */
  readonly anonRole: string;
  readonly keys: ReaderKeys;
  /** Whose reads are cached of those who sign in. */
  readonly audiences: ResolvedAudiences;
  readonly defaultSchema: string;
  readonly schemas: ReadonlySet<string>;
  /** By `schema.table`. */
  readonly tables: ReadonlyMap<string, ResolvedTable>;
  /** By `schema.function()`. */
  readonly functions: ReadonlyMap<string, ResolvedFunction>;
  /** What the configuration says about relations, as footprints need it. */
  readonly declared: {
    readonly dependsOn: ReadonlyMap<string, readonly string[]>;
    readonly rows: ReadonlyMap<string, ReadonlyMap<string, string>>;
    readonly tables: ReadonlySet<string>;
    /** All keys are the anonymous role's. */
    readonly obeysPolicies: boolean;
    readonly keyedHeaders: ReadonlySet<string>;
  };
  /** Every relation whose changes matter (configured, or in a `dependsOn`) → configured tables and functions that depend on it. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
  /** Names in lower case. */
  readonly headers: HeaderSettings & { readonly response: ReadonlySet<string> };
  readonly limits: Limits;
  readonly timeouts: {
    readonly startMs: number;
    readonly syncMs: number;
    readonly fillMs: number;
    readonly originMs: number;
  };
  readonly keeper: {
    readonly name: string;
    readonly locationHint: (typeof LOCATION_HINTS)[number] | null;
    readonly auditEveryMs: number;
    readonly schemaReloadMs: number;
    /** What caches of the library may read: tables as `schema.table`. Null: nothing. */
    readonly rows: { readonly tables: readonly string[]; readonly follow: readonly string[] } | null;
  };
  /** Null: the isolates ask the keeper itself. */
  readonly mirrors: MirrorsConfig | null;
  /** Whether isolates of a data centre leave answers for each other in its cache. */
  readonly colo: "auto" | "off";
  /** The mode until an admin sets another one. */
  readonly mode: Mode;
  /** What is wrong in the environment although a gateway can live with it; empty when nothing is. */
  readonly doubts: readonly ConfigIssue[];
  /** A hash of everything that affects an answer or its validity. */
  readonly hash: string;
}

/** `schema.name`. The schema ends at the first dot. */
export function qualified(name: string, defaultSchema: string): string {
  return name.includes(".") ? name : `${defaultSchema}.${name}`;
}

/** One thing that is wrong in a configuration, where, and how to mend it. */
export interface ConfigIssue {
  /** A field such as `tables.articles.freshness`, or the name of an environment setting. */
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

/** With its full stop, unless it is a question. */
function sentence(text: string): string {
  return text.endsWith("?") ? text : `${text}.`;
}

/** The configuration or a setting of the environment is invalid. The message lists every issue. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "config";
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    const lines = issues.map(({ path, message, fix }) => `  ${path}: ${message}. ${sentence(fix)}`);
    const problems = issues.length === 1 ? "a problem" : `${issues.length} problems`;
    super(`Tidemark's configuration has ${problems}:\n${lines.join("\n")}`);
    this.issues = issues;
  }
}
