import type { Duration } from "../../runtime/duration.ts";

/** Where a Durable Object can be asked to live, by Cloudflare's names. */
export const LOCATION_HINTS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;

/** Where the keeper lives, and what it does besides answering. */
export interface KeeperConfig {
  /** Name of the Durable Object. A new name makes a new keeper, which knows nothing yet. Default: `"keeper"`. */
  readonly name?: string;
  /**
   * Where the keeper should live: near the database
   * (developers.cloudflare.com/durable-objects/reference/data-location).
   */
  readonly locationHint?: (typeof LOCATION_HINTS)[number];
  /** How often a cached answer is compared with the database's; `"0s"` means never. Default: `"1m"`. */
  readonly audit?: Duration;
  /**
   * How long PostgREST may take to learn of a changed schema. Answers filled in that time are proven by their age only.
   * `"0s"` means that it knows at once. Default: `"1m"`.
   */
  readonly schemaReload?: Duration;
  /**
   * Tells rows apart for caches of the library in the same Worker, too: docs/library/rows. It needs capture. Default: not.
   */
  readonly rows?: RowsConfig;
}

/** What caches of the library in the same Worker may say that they read. */
interface RowsConfig {
  /** Tables besides those that are configured, as `name` (in the default schema) or `schema.name`. */
  readonly tables?: readonly string[];
  /** Columns by which rows are told apart besides the primary keys: `["posts.author_id"]`. */
  readonly follow?: readonly string[];
}
