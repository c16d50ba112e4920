import type { Duration } from "../../runtime/duration.ts";

/** How the answers of one function are cached. */
export interface FunctionConfig {
  /** How old the proof behind an answer may be; `"0s"` asks every time. Default: `"10s"`. */
  readonly freshness?: Duration;
  /** When an entry expires in any case. Default: `"1h"`. */
  readonly ttl?: Duration;
  /**
   * How much older than `freshness` an answer may be that is given at once and refreshed behind: see the same of a table.
   * Default: `"0s"`, the reader waits.
   */
  readonly staleWhileRevalidate?: Duration;
  /** How old an answer may be while the database does not answer. Default: `"0s"`, never. */
  readonly staleIfError?: Duration;
  /**
   * The relations that a function reads which Postgres cannot look into, such as one in PL/pgSQL: a list of all that it reads;
   * it must read neither clock nor request headers. Or by relation which rows: `{ articles: "category=eq.{category}" }` says
   * that of `articles` it reads only rows that pass this PostgREST filter, with its argument `category` in the place of
   * `{category}`; `true` is every row.
   */
  readonly dependsOn?: readonly string[] | Readonly<Record<string, string | true>>;
  /** The claims that such a function reads of the caller's token, as in `audiences.claims`; `[]` means none. */
  readonly claims?: readonly string[];
}
