import type { FootprintResult } from "../../postgrest/footprint/footprint.ts";
import type { Read } from "../../postgrest/query/read.ts";
import type { Change } from "../../postgrest/row/change.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { DatabaseStatus } from "../protocol/database-status.ts";
import type { CacheableRead, StoredResponse } from "../protocol/entry.ts";
import type { NotStored, OriginFailure, Unfit, Unshareable } from "../protocol/fill.ts";
import type { Finding } from "../protocol/statistics.ts";

export type SqlValue = ArrayBuffer | string | number | null;

/** SQLite as a Durable Object gives it: synchronous, durable before any answer leaves. */
export interface Sql {
  exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]): Row[];
  /** All or nothing; rolls back when `body` throws. */
  transaction<T>(body: () => T): T;
}

/** The one alarm of a Durable Object. */
export interface Alarm {
  /** Sets the alarm to this time (epoch milliseconds) unless it is set to an earlier one. */
  wakeAt(time: number): void;
}

export type OriginAnswer =
  | { readonly kind: "response"; readonly response: OriginResponse }
  | { readonly kind: "unshareable"; readonly reason: Unshareable }
  | { readonly kind: "failed"; readonly reason: OriginFailure };

interface OriginResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly body: ArrayBuffer;
  /** Why it is passed on only; null: it is stored. */
  readonly notStored: NotStored | null;
}

/** Asks the origin with canonical headers and the audience's key. Settles within its own deadline, never rejects. */
export interface Origin {
  fetch(read: CacheableRead): Promise<OriginAnswer>;
}

/** Carries bodies to the world. May be late, may fail. */
export interface BodyStore {
  put(key: string, entry: StoredResponse, expirationSeconds: number): Promise<void>;
}

/** What `tidemark_schema()` answers. */
export interface Described {
  /** Goes up with every change of the schema; null where there is no capture. */
  readonly version: number | null;
  /** What `parseSchema` reads, as JSON text. */
  readonly schema: string;
  /** The relations whose changes capture takes down, `schema.table`; null where there is no capture. */
  readonly watched: readonly string[] | null;
  /** Whether the database notices every change of its schema by itself. */
  readonly noticesDdl: boolean;
  /** Whether row-level security surely binds the role that reads. */
  readonly anonObeysPolicies: boolean;
  /** Whether row images tell an array's bounds; those of webhooks do not. */
  readonly bounds: boolean;
  /** A digest of what `ALTER ROLE` and `ALTER DATABASE` have set: of that no event trigger tells. */
  readonly settings: string;
}

/** Of what the database shall describe itself. */
export interface SchemaQuestion {
  /** The relations whose reads are cached, and that these are said to depend on; "schema.table". */
  readonly tables: readonly string[];
  /** The role that reads; null: nobody knows. */
  readonly reader: string | null;
}

/** Where Postgres' own description of its relations comes from. */
export interface SchemaSource {
  /** What it asks for. Another configuration asks for something else. */
  readonly question: SchemaQuestion;
  /**
   * "refused" when the function is not there, or refuses; "unreadable" when it answers something else than this version
   * expects. Rejects when the database cannot be asked.
   */
  schema(): Promise<Described | "refused" | "unreadable">;
}

/** Where the keeper learns of changes, and how recent its knowledge is. Times on the keeper's clock. */
export interface Feed {
  /** Whether the as-of counts from commit. */
  readonly proven: boolean;
  /** Everything that happened before this moment has been ingested; −Infinity before the first pull. */
  asOf(): number;
  /**
   * Resolves when `asOf() >= moment`; rejects when that cannot be had.
   *
   * @returns whether a pull was begun for this call; false: none was needed, or it joined one that was under way
   */
  reach(moment: number): Promise<boolean>;
  /** Something may have happened: worth a look, whether or not anybody reads. */
  nudge(): void;
  /** The clock was set back: how long ago anything was, nobody knows. */
  forget(): void;
}

/** What a feed needs of the keeper. */
export interface FeedHost {
  /** Of the keeper's times: never goes back. */
  readonly clock: Clock;
  /** Ingests in one turn and one transaction, together with what `inSameTransaction` writes; throws when that fails. */
  take(batch: Batch): void;
  /** The API may answer by another schema than the database has: for a while nothing counts by changes. */
  apiMayReload(): void;
}

export interface Batch {
  readonly changes: readonly Change[];
  /** Nothing that was known before counts. */
  readonly everything: boolean;
  /** Milliseconds from statements to their pull. */
  readonly lags: readonly number[];
  /** The last of its pull. */
  readonly ends: boolean;
  readonly inSameTransaction: () => void;
}

/** Where captured changes are pulled from: `tidemark_changes()` and `tidemark_prune()`. */
export interface ChangeSource {
  /** A page, as JSON text. Rejects when the database cannot be asked. */
  changes(request: PullRequest): Promise<string>;
  prune(): Promise<void>;
}

export interface PullRequest {
  /** The snapshot up to which changes are known; null at first. */
  readonly since: string | null;
  /** For pages after the first: its snapshot, and the number of the last row so far. */
  readonly upto: string | null;
  readonly after: string | null;
}

/** Tells what reads depend on. */
export interface FootprintSource {
  /** Another one makes other footprints: a part of the generation. */
  readonly version: string;
  /** @throws QuerySyntaxError when the search is not canonical, hence not of an isolate of this configuration */
  of(read: Read): FootprintResult | { readonly bypass: Unfit };
  /** Whether an answer may depend on the relation of this change. */
  concerns(change: Change): boolean;
}

/** All that a keeper stands on. */
export interface KeeperPorts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly origin: Origin;
  readonly store: BodyStore;
  readonly feed: (host: FeedHost) => Feed;
  /** Those to begin with; see `adopt`. */
  readonly footprints: FootprintSource;
  /** How it stands with the database, for `stats`. */
  readonly databaseStatus: () => DatabaseStatus;
  /** A random text, asked for once in the life of a storage. */
  readonly newIncarnation: () => string;
  /** The audit has found an answer that was wrong. */
  readonly report: (finding: Finding) => void;
  /** Ends this instance; the next call meets a new one. */
  readonly restart: () => void;
}
