import type { KnownBy } from "../../postgrest/footprint/call/known-by.ts";
import type { Caveat, Routine } from "../../postgrest/schema/schema.ts";
import type { Rule } from "../../postgrest/verdict/rule.ts";
import type { NoAudience } from "./audience.ts";
import type { Position } from "./position.ts";
import type { LastInvalidation } from "./recent-changes.ts";

export type Purge =
  | { readonly all: true }
  | { readonly table: string }
  | { readonly prefix: string }
  | { readonly keys: readonly string[] };

export interface PurgeAnswer {
  /** How many registered keys were invalidated. */
  readonly purged: number;
  readonly position: Position;
}

export interface IngestAnswer {
  /** How many registered keys were affected. */
  readonly affected: number;
  readonly position: Position;
  /** Relations of the changes that no answer depends on, according to the configuration and the schema. */
  readonly unknown: readonly string[];
}

/** A function that a read calls, as the database describes it. */
export interface CalledFunction {
  /** `public.search_articles(term text)` */
  readonly signature: string;
  readonly volatility: Routine["volatility"];
  /** Whose rights and policies count for what it reads. */
  readonly reads: "as its owner" | "as the caller";
  readonly knownBy: KnownBy;
  /** Which rows it reads by the owner's word, by relation. */
  readonly rows: Readonly<Record<string, string>>;
}

/**
 * What a read depends on, and what a change would do to it. Of a read for those who sign in, the key ends with a role in
 * place of an audience: the claims of nobody in particular are asked about.
 */
export type Explanation =
  | {
      readonly kind: "bypass";
      readonly reason: NoAudience | "key-too-large";
      /** What keeps the read of one who signs in from being shared, in words. Null: nothing more is to be said. */
      readonly audience: string | null;
    }
  | {
      readonly kind: "read";
      /** Who of those who sign in share an answer, and why, in words. Null: it is not for them. */
      readonly audience: string | null;
      readonly relations: readonly string[];
      readonly caveats: readonly Caveat[];
      /** Of a read by a function: which one, and how it is known what it reads. Null: it is none. */
      readonly called: CalledFunction | null;
      /** Whether the key is registered, and whether the window of its answer is known. */
      readonly registered: boolean;
      readonly windowKnown: boolean;
      /** Whether Postgres' own description of the relations is known. Without it only V1 applies. */
      readonly schemaKnown: boolean;
      /** For how many more milliseconds answers are proven by their age only, after a change of the schema. */
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
  /** Milliseconds since the last fill began. Null: none has since the keeper started. */
  readonly filledAgo: number | null;
  readonly invalidated: boolean;
  readonly inKv: boolean;
  /** False: its answers are proven by their fill's begin only. */
  readonly watched: boolean;
  /** What the answer depends on, in words. */
  readonly footprint: string;
  /** Who shares the answer, in words. */
  readonly shared: string;
  /** How often a change or a purge has affected it since the keeper started. */
  readonly invalidations: number;
  readonly lastInvalidation: LastInvalidation | null;
}

export interface EntriesPage {
  readonly entries: readonly RegisteredKey[];
  /** Send it as `cursor` for the next page. Null: this is the last one. */
  readonly cursor: string | null;
  readonly total: number;
}

/** The order of entries: as registered, by key, or the largest number first. */
export type EntriesOrder = "registered" | "key" | "reads" | "fills" | "invalidations";

export interface EntriesRequest {
  readonly prefix: string;
  /** Part of the key, in any case of letters. Empty: all. */
  readonly search?: string;
  readonly sort?: EntriesOrder;
  readonly cursor: string | null;
  readonly limit: number;
}
