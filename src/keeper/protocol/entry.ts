import type { Read } from "../../postgrest/query/read.ts";

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
export interface StoredResponse {
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
