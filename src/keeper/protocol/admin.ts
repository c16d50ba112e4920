import type { Caveat } from "../../postgrest/schema/schema.ts";
import type { Rule } from "../../postgrest/verdict/rule.ts";
import type { Unfit } from "./fill.ts";
import type { Position } from "./position.ts";

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
      /** Whether Postgres' own description of the relations is known; without it only V1 applies. */
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

export interface EntriesRequest {
  readonly prefix: string;
  readonly cursor: string | null;
  readonly limit: number;
}
