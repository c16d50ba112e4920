import type { ClaimPath, ReaderClaims } from "../../postgrest/claims/claims.ts";
import type { FootprintResult } from "../../postgrest/footprint/footprint.ts";
import type { Read } from "../../postgrest/query/read.ts";
import type { Change } from "../../postgrest/row/change.ts";
import type { RowMap } from "../../rows/row-map.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { CalledFunction } from "../protocol/admin.ts";
import type { NoAudience } from "../protocol/audience.ts";
import type { DatabaseStatus } from "../protocol/database-status.ts";
import type { CacheableRead, StoredResponse } from "../protocol/entry.ts";
import type { NotStored, OriginFailure, Unshareable } from "../protocol/fill.ts";
import type { OperatorEvent } from "../protocol/operator-event.ts";
import type { Position } from "../protocol/position.ts";

export type SqlValue = ArrayBuffer | string | number | null;

/** SQLite as a Durable Object provides it: synchronous, and on disk before any answer leaves. */
export interface Sql {
  exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]): Row[];
  /** All or nothing; rolls back when `body` throws. */
  transaction<T>(body: () => T): T;
  /** What has been used so far. Absent: the storage does not say. */
  readonly rows?: RowsUsed;
}

/** Rows as they are billed. */
export interface RowsUsed {
  read: number;
  written: number;
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
  /** Why it is only passed on. Null: it is stored. */
  readonly notStored: NotStored | null;
}

/**
 * Asks the origin with canonical headers and the audience's key. Settles within its own deadline, and never rejects.
 */
export interface Origin {
  /** @param token of the reader who waits, for a read for those who sign in; null for all others */
  fetch(read: CacheableRead, token: string | null): Promise<OriginAnswer>;
  /**
   * Asks the database who shows this token (S1).
   *
   * @param paths of the claims to tell
   * @returns who it is, or why that is not known
   */
  whoami(token: string, paths: readonly ClaimPath[]): Promise<WhoAmI | NotTold>;
}

/**
 * Why the database has not said who shows a token: *refused*: it does not accept it; *forbidden*: it does, and the token's
 * role may not ask, as `tidemark sql` was not run with it in `audiences.roles`; *failed*: it did not answer, or not as expected.
 */
export type NotTold = "refused" | "forbidden" | "failed";

/** What `tidemark_whoami()` answers. */
export interface WhoAmI {
  readonly role: string;
  /** The claim `exp`, in epoch seconds. Null: it is missing, or not an integer. */
  readonly exp: number | null;
  /** The claims asked for, in that order: JSON texts, or null for a missing one. */
  readonly claims: readonly (string | null)[];
}

/** Carries bodies to all locations (Workers KV). May be late, may fail. */
export interface BodyStore {
  put(key: string, entry: StoredResponse, expirationSeconds: number): Promise<void>;
}

/** What `tidemark_schema()` answers. */
export interface Described {
  /** Goes up with every change of the schema. Null: there is no capture. */
  readonly version: number | null;
  /** What `parseSchema` reads, as JSON text. */
  readonly schema: string;
  /** The relations whose changes capture records, `schema.table`. Null: there is no capture. */
  readonly watched: readonly string[] | null;
  /** Whether the database notices every change of its schema by itself. */
  readonly noticesDdl: boolean;
  /** Whether row-level security surely binds the role that reads. */
  readonly anonObeysPolicies: boolean;
  /** Whether row images include the bounds of arrays; those of webhooks do not. */
  readonly bounds: boolean;
  /** A digest of what `ALTER ROLE` and `ALTER DATABASE` have set, which no event trigger reports. */
  readonly settings: string;
  /** The same relations as the roles of those who sign in read them, by role. */
  readonly roles: Readonly<Record<string, RoleDescription>>;
  /** By what rows are told apart, for caches that say which rows they have read. */
  readonly rows?: RowMap;
}

/** What `tidemark_schema()` answers for one of the roles of those who sign in. */
export interface RoleDescription {
  /** What `parseSchema` reads, as JSON text. */
  readonly schema: string;
  /** Whether row-level security surely binds the role. */
  readonly obeysPolicies: boolean;
}

/** What the database must describe. */
export interface SchemaQuestion {
  /**
   * The relations whose reads are cached, and those they are said to depend on: "schema.table". Functions whose reads are
   * cached: "schema.function()".
   */
  readonly tables: readonly string[];
  /** The role that reads. Null: it is not known. */
  readonly reader: string | null;
  /** The roles of those who sign in whose reads are cached: `audiences.roles`. */
  readonly roles: readonly string[];
}

/** Where Postgres' own description of its relations comes from. */
export interface SchemaSource {
  /** What it asks about. It differs by configuration. */
  readonly question: SchemaQuestion;
  /**
   * @returns "refused" when the function does not exist or refuses; "unreadable" when its answer is not what this
   * version expects
   * @throws when the database cannot be asked
   */
  schema(): Promise<Described | "refused" | "unreadable">;
}

/** How the keeper learns of changes, and how recent its knowledge is. Times are on the keeper's clock. */
export interface Feed {
  /** Whether the as-of counts from commit (capture), or only from ingest (webhooks). */
  readonly proven: boolean;
  /** Everything that happened before this time has been ingested. −Infinity before the first pull. */
  asOf(): number;
  /**
   * Resolves when `asOf() > need`.
   *
   * @returns whether a pull was started for this call; false: none was needed, or it joined a running one
   * @throws when that cannot be reached
   */
  reach(need: number): Promise<boolean>;
  /**
   * Resolves once no earlier instance of this keeper is believed any more: one that was superseded does not hear of what
   * only this one is told, a purge or a mode, and may prove answers for a while until it notices.
   */
  alone(): Promise<void>;
  /** Something may have changed: look for it now, even without readers. */
  nudge(): void;
  /** The clock was set back, so the age of what is known cannot be told. */
  forget(): void;
}

/** What a feed needs of the keeper. */
export interface FeedHost {
  /** The clock of the keeper's times. It never goes back. */
  readonly clock: Clock;
  /**
   * Ingests a batch in one turn and one transaction.
   *
   * @throws when the storage cannot take it
   */
  take(batch: Batch): void;
  /**
   * The API may answer by another schema than the database has: for a while nothing counts by changes.
   *
   * @returns whether there is such a while: an owner may say that the API is never late
   */
  apiMayReload(): boolean;
}

export interface Batch {
  readonly changes: readonly Change[];
  /** Everything is to be invalidated. */
  readonly everything: boolean;
  /** Milliseconds from each statement to its pull. */
  readonly lags: readonly number[];
  /** It is the last of its pull. */
  readonly ends: boolean;
  /** Writes what must be stored together with the batch, or not at all. */
  readonly inSameTransaction: () => void;
}

/** Where captured changes are pulled from: `tidemark_changes()` and `tidemark_prune()`. */
export interface ChangeSource {
  /**
   * @returns a page, as JSON text
   * @throws when the database cannot be asked
   */
  changes(request: PullRequest): Promise<string>;
  prune(): Promise<void>;
}

export interface PullRequest {
  /** The snapshot up to which changes are known. Null: none are known yet. */
  readonly since: string | null;
  /** For pages after the first: the snapshot of the first page, and the number of the last row so far. Else null. */
  readonly upto: string | null;
  readonly after: string | null;
}

/** What a read depends on of its reader, besides the role. */
interface ReaderNeeds {
  readonly paths: readonly ClaimPath[];
  /** Every relation that the read may depend on. */
  readonly relations: readonly string[];
}

/** Why readers who sign in share no answer. */
interface UnknownNeeds {
  readonly bypass: NoAudience;
  /** What is not understood, in words, where something is not. */
  readonly because?: string;
}

/**
 * A digest of a text under a key that only this instance knows, in letters, digits, `-` and `_`. What could be guessed
 * cannot be told from it (S6).
 */
export type KeyedDigest = (text: string) => Promise<string>;

/** Tells what reads depend on. */
export interface FootprintSource {
  /** By what rows are told apart, for caches that say which rows they have read. Absent: nobody does. */
  readonly rows?: RowMap | undefined;
  /** Another version makes other footprints, so it is part of the generation. */
  readonly version: string;
  /**
   * @param reader who signs in; null for everybody else
   * @throws QuerySyntaxError when the search is not canonical, so it was not sent by an isolate of this configuration
   */
  of(read: Read, reader: ReaderClaims | null): FootprintResult | { readonly bypass: NoAudience };
  /**
   * What an answer depends on of a reader who signs in with this role (S11).
   *
   * @throws QuerySyntaxError like `of`
   */
  needs(read: Read, role: string): ReaderNeeds | UnknownNeeds;
  /** The function that a read calls; null when it calls none, or none that is known. */
  called(read: Read): CalledFunction | null;
  /** Whether an answer may depend on the relation of this change. */
  concerns(change: Change): boolean;
  /**
   * The columns that name a row of a configured table to whoever looks after the site. Null: they are not known, or what a
   * reader sees of the table depends on who they are.
   */
  keyColumns(relation: string): readonly string[] | null;
}

/** Everything that a keeper needs of its surroundings. */
export interface KeeperPorts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly origin: Origin;
  readonly store: BodyStore;
  readonly feed: (host: FeedHost) => Feed;
  /** The footprints to begin with; see `Keeper.adopt`. */
  readonly footprints: FootprintSource;
  /** The schema and the pulling, for `stats`. */
  readonly databaseStatus: () => DatabaseStatus;
  readonly digest: KeyedDigest;
  /** A random text for storage that is new, or was restored. */
  readonly newIncarnation: () => string;
  /** Tells the operator. */
  readonly report: (event: OperatorEvent) => void;
  /** Ends this instance; the next call starts a new one. */
  readonly restart: () => void;
  /** Tells a mirror, by its object's name, that marks were raised (M4). Absent: there are no mirrors. */
  readonly nudgeMirror?: ((mirror: string, position: Position) => Promise<void>) | undefined;
}
