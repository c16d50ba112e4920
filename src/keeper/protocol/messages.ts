import type { FootprintBypass } from "../../postgrest/footprint/footprint-of.ts";
import type { Read } from "../../postgrest/query/read.ts";
import type { Change } from "../../postgrest/row/change.ts";
import type { Caveat } from "../../postgrest/schema/schema.ts";
import type { Rule } from "../../postgrest/verdict/verdict.ts";
import type { Finding } from "../audit/audit.ts";
import type { Histogram } from "../statistics/lags.ts";
import type { Standing } from "./standing.ts";

/**
 * What isolates and the keeper say to each other. Everything here is structured-cloneable; every time is a
 * duration in milliseconds, since clocks of different machines are never compared (PROTOCOL, rule 1).
 */

/** A position in the keeper's history. Positions of two generations are never compared (PROTOCOL, rule 4). */
export interface Position {
  readonly generation: string;
  readonly mark: number;
}

/** on: serve from the cache; shadow: the origin answers, would-be-wrong hits are counted; off: kill switch. */
export type Mode = "on" | "shadow" | "off";

/** Whose eyes an answer is for: the bearer of the publishable key, or of the legacy anon key. */
export type Audience = "publishable" | "legacy-anon";

/** All that the keeper needs to register a read and to ask the origin for it, with nothing of the caller's. */
export interface CacheableRead {
  /** Canonical text, unique among all reads of a generation. */
  readonly key: string;
  /** Path and canonical query, relative to the origin: `/rest/v1/articles?select=id`. */
  readonly path: string;
  /** The headers that shape the answer, canonical: `accept`, `accept-profile` if it was sent, `prefer`, `range`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly audience: Audience;
  /** The configured table: `public.articles`. */
  readonly relation: string;
  /** The read as PostgREST sees it; the search is canonical. The keeper makes the footprint of it. */
  readonly asked: Read;
}

/** A stored response, as it travels. The names it stands on are those of its key and of its relations. */
export interface Entry {
  readonly generation: string;
  readonly mark: number;
  readonly status: number;
  /** Only headers that describe the content; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly body: ArrayBuffer;
  /** Begin of the fill, epoch milliseconds on the keeper's clock: for `ttl` only, never for a proof. */
  readonly filledAt: number;
  /** Every relation that its footprint reads, `schema.table`. */
  readonly relations: readonly string[];
  /**
   * Whether every change of it is told. What reads the clock, or a relation that nobody watches, is proven by the
   * begin of its fill only; no fence accepts it, and it is not put to KV.
   */
  readonly watched: boolean;
}

/** Counts that an isolate has gathered since it last reported. */
export interface Counts {
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  readonly bypasses: number;
  readonly errors: number;
  /** Reads sent to the origin by the isolate itself. */
  readonly originRequests: number;
  readonly kvReads: number;
  readonly shadowReads: number;
  readonly shadowWrong: number;
}

/** What rides along on calls: counts, and a sample of the keys read since the last call. */
export interface Report {
  readonly counts: Counts;
  readonly keysRead: readonly string[];
}

export interface SyncRequest {
  /** Hash of the caller's configuration; a keeper of another one refuses. */
  readonly configHash: string;
  readonly since: Position | null;
  /** The as-of may be this old when the request arrives at the keeper. */
  readonly maxAge: number;
  /** Sync at least to this position; one that the keeper has not reached cannot be verified, and asks for now (rule 22). */
  readonly token: Position | null;
  /** Whose read asks (`networksOf`), to be charged for a pull; null: nobody's. */
  readonly client: string | null;
  readonly report: Report | null;
}

export type SyncAnswer =
  | {
      readonly kind: "synced";
      readonly position: Position;
      /** Every bucket is given, not only those raised after `since`. */
      readonly full: boolean;
      /** Raised buckets and their marks, side by side. */
      readonly buckets: Uint16Array;
      readonly marks: Float64Array;
      /** Entries below it are refused, whatever their names. */
      readonly floor: number;
      /** Mark of the last purge: what was proven before it no longer serves. */
      readonly purgedAt: number;
      /** Arrival of the request − as-of, at least 0. */
      readonly age: number;
      /** Whether the as-of counts from commit (capture), or only from ingest (webhooks). */
      readonly proven: boolean;
      readonly mode: Mode;
      /** What the as-of took: "refused" when it is older than was asked for, since the client's budget is used up. */
      readonly pull: "none" | "made" | "refused";
    }
  | { readonly kind: "refused"; readonly reason: "configuration" | "behind" };

export interface FillRequest {
  readonly configHash: string;
  readonly read: CacheableRead;
  /** Position of the entry that the caller holds and could keep. */
  readonly have: Position | null;
  /** Position of the caller's fence. */
  readonly at: Position;
  readonly token: Position | null;
  /** A body whose fill began within this time of the request's arrival satisfies the caller; 0 for a refill. */
  readonly maxAge: number;
  /** Misses go before refreshes. */
  readonly priority: "miss" | "refresh";
  /** Whom new keys and origin requests are accounted to: see `networksOf`. */
  readonly client: string;
  /** Whether the same read has cost a pull already: an origin request is then one operation more than without us. */
  readonly pulled: boolean;
}

/** A response that is passed on, and not stored. */
type OriginReply = Pick<Entry, "status" | "headers" | "etag" | "body" | "filledAt">;

/** Why the origin gave no answer to a fill. */
export type OriginFailure = "unreachable" | "timeout";

/** Why a response may not be stored, nor shared with other callers. */
export type Unshareable =
  | "body-over-cap"
  | "response-no-store"
  | "response-private"
  | "set-cookie"
  | "vary-star"
  | "vary-unkeyed";

/** Why a response is passed on to those who asked for it, and not stored. */
export type NotStored = "status-not-cacheable" | "unexpected-type" | "unknown-encoding" | "broken-body";

/** Why a read has no footprint: what changes do to its answer cannot be told. */
export type Unfit = FootprintBypass | "time-dependent";

export type FillAnswer =
  /** What the caller holds still counts: stamp that very object with `position`. Proven as of the caller's fence. */
  | { readonly kind: "good"; readonly position: Position }
  | {
      readonly kind: "entry";
      readonly entry: Entry;
      readonly source: "stored" | "flight" | "joined";
      /** Age of the proof when the request arrived; null when only the caller's fence proves it. */
      readonly age: number | null;
      /** Whether it also is proven as of the caller's fence. */
      readonly accepted: boolean;
    }
  /** Not stored, but the same for everybody who asks so. Proven by its age. */
  | {
      readonly kind: "relay";
      readonly response: OriginReply;
      readonly reason: NotStored;
      readonly age: number;
    }
  /** Ask the origin yourself. */
  | { readonly kind: "direct"; readonly reason: Unshareable | Unfit | "key-too-large" | "budget" }
  | { readonly kind: "failed"; readonly reason: OriginFailure }
  /** The keeper is of another generation or configuration, or behind the caller. */
  | { readonly kind: "refused"; readonly reason: "generation" | "behind" | "configuration" };

export type Purge =
  | { readonly all: true }
  | { readonly table: string }
  | { readonly prefix: string }
  | { readonly keys: readonly string[] };

export interface PurgeAnswer {
  /** Registered keys invalidated. */
  readonly purged: number;
  readonly position: Position;
}

export interface IngestAnswer {
  readonly affected: number;
  readonly position: Position;
  /** Relations among the changes that no answer can depend on, as far as configuration and schema tell. */
  readonly unknown: readonly string[];
}

/** What a read depends on, and what a change would do to it. */
export type Explanation =
  | { readonly kind: "bypass"; readonly reason: Unfit | "key-too-large" }
  | {
      readonly kind: "read";
      readonly relations: readonly string[];
      readonly caveats: readonly Caveat[];
      /** Whether the keeper knows the key, and what its answer shows. */
      readonly registered: boolean;
      readonly windowKnown: boolean;
      /** Whether Postgres' own description of the relations is known; without it only rule 1 applies. */
      readonly schemaKnown: boolean;
      /** After a change of the schema: for so many milliseconds still, answers are proven by their age only. */
      readonly byAgeForMs: number;
      readonly verdict: { readonly affected: boolean; readonly rule?: Rule; readonly because: string } | null;
    };

/** A registered key, as the admin API lists it. */
interface RegisteredKey {
  readonly key: string;
  /** Path and canonical query. */
  readonly path: string;
  readonly relation: string;
  readonly bytes: number | null;
  readonly status: number | null;
  readonly reads: number;
  readonly fills: number;
  /** Milliseconds ago. */
  readonly filledAgo: number | null;
  readonly invalidated: boolean;
  readonly inKv: boolean;
  /** False: proven by the begin of its fill only. */
  readonly watched: boolean;
}

export interface EntriesPage {
  readonly entries: readonly RegisteredKey[];
  /** Give it back as `cursor` for the next page; null at the end. */
  readonly cursor: string | null;
  readonly total: number;
}

export interface Stats extends Counts, Standing {
  /** All origin requests for reads: fills and direct ones. */
  readonly originRequests: number;
  readonly kvWrites: number;
  readonly kvWriteFailures: number;
  readonly fills: number;
  readonly stillGood: number;
  readonly changes: number;
  /** Ingests that took for affected what their changes may concern, as judging it one by one would have taken too long. */
  readonly coarseIngests: number;
  readonly invalidations: number;
  readonly syncs: number;
  readonly pulls: number;
  /** How often nothing that was known before counted any more. */
  readonly flushes: number;
  /** Keys asked for anew to compare, and those whose answer no change explained. */
  readonly audits: number;
  readonly auditDifferences: number;
  /** The last of these. */
  readonly findings: readonly Finding[];
  /** Whether the bound counts from commit. */
  readonly proven: boolean;
  readonly schemaKnown: boolean;
  /** After a change of the schema: for so many milliseconds still, answers are proven by their age only. */
  readonly byAgeForMs: number;
  /** With capture: from a change's statement to its pull, and to each isolate that learned of it. */
  readonly lags: { readonly pulled: Histogram; readonly learned: Histogram };
  readonly evictions: number;
  readonly keys: number;
  /** About how much memory the keys take in the keeper, with their shapes and windows. */
  readonly registryBytes: number;
  readonly owedKvWrites: number;
  /** hits ÷ (hits + stale + misses + bypasses + errors), stale counted as hits; 0 when nothing was read. */
  readonly hitRate: number;
  readonly since: string;
  readonly mode: Mode;
  readonly position: Position;
}

export interface EntriesRequest {
  readonly prefix: string;
  readonly cursor: string | null;
  readonly limit: number;
}

/** The keeper's remote procedures. The Durable Object implements it; isolates see it through a stub. */
export interface KeeperCalls {
  sync(request: SyncRequest): Promise<SyncAnswer>;
  fill(request: FillRequest): Promise<FillAnswer>;
  ingest(changes: readonly Change[]): Promise<IngestAnswer>;
  /** Raises names of the library's own: keys, tags, namespaces. */
  invalidate(names: readonly string[]): Promise<Position>;
  purge(purge: Purge): Promise<PurgeAnswer>;
  explain(read: CacheableRead, change: Change | null): Promise<Explanation>;
  entries(request: EntriesRequest): Promise<EntriesPage>;
  /** Looks for changes now, where they are pulled. */
  nudge(): Promise<void>;
  stats(report: Report | null): Promise<Stats>;
  resetStats(): Promise<Stats>;
  setMode(mode: Mode): Promise<Stats>;
}
