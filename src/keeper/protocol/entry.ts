import type { Read } from "../../postgrest/query/read.ts";

/** A key of the project that anonymous readers show. */
export type ProjectKey = "publishable" | "legacy-anon";

/**
 * Whom an answer is for: bearers of the publishable key, or of the legacy anon key, or those who sign in; which of
 * these, the end of the key tells.
 */
export type Audience = ProjectKey | "signed-in";

/**
 * What the keeper needs to register a read and to ask the origin for it. Nothing of it identifies the caller, but for the keyed
 * digest of claims that ends a personal key.
 */
export interface CacheableRead {
  /** Canonical text, unique to the read within a generation. */
  readonly key: string;
  /** Path and canonical query, relative to the origin: `/rest/v1/articles?select=id`. */
  readonly path: string;
  /** The headers that shape the answer, canonical: `accept`, `accept-profile` if it was sent, `prefer` and `range`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly audience: Audience;
  /** The configured table: `public.articles`. */
  readonly relation: string;
  /** The read as PostgREST sees it, with a canonical search. The keeper derives the footprint from it. */
  readonly asked: Read;
}

/** A stored response, as it travels. It depends on the names of its key and of its relations. */
export interface StoredResponse {
  readonly generation: string;
  readonly mark: number;
  readonly status: number;
  /** Headers that describe the content. Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly body: ArrayBuffer;
  /** When its fill began, in epoch milliseconds on the keeper's clock. It serves `ttl` only, never a proof. */
  readonly filledAt: number;
  /** Every relation that its footprint reads: `schema.table`. */
  readonly relations: readonly string[];
  /**
   * Whether the keeper hears of every change of it. An answer that reads the clock, or an unwatched relation, is
   * proven by its fill's begin only: no fence accepts it, and it is not put to KV.
   */
  readonly watched: boolean;
}
