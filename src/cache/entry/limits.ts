// Defaults and bounds of the library, each with its reason. Those that an option can change name the option.

const SECOND = 1_000;
const DAY = 86_400_000;

/** `ttl`, when neither the call, the kind nor the cache sets one. Every entry ends. */
export const DEFAULT_TTL_SECONDS = 300;

/** The longest life of an entry, stale windows included. It limits how long invalidations must be remembered. */
export const MAX_LIFETIME_MS = 30 * DAY;

/** `jitter`: shortens times to live by up to this share, so that entries filled together do not end together. */
export const DEFAULT_JITTER = 0.1;

/** `hardTimeout`: below the 30 s that `waitUntil` grants, so that a load that hangs is still reported. */
export const DEFAULT_HARD_TIMEOUT_SECONDS = 20;

/**
 * How long others wait for a load before one of them loads too. A cancelled leader blocks its key for at most this
 * long; a load that is merely slow is repeated at most this often.
 */
export const FLIGHT_EXPIRY_MS = 5 * SECOND;

/** A store slower than this counts as failed, because readers wait for it. */
export const STORE_TIMEOUT_MS = 2 * SECOND;

/** After a store timed out, reads skip it for this long instead of waiting for it again. */
export const STORE_REST_MS = 5 * SECOND;

/** The shortest wait after a failed refresh in the background. */
export const REFRESH_RETRY_MS = SECOND;

/** `memory.maxBytes`, counted as the text of keys and values. Parsed values take several times that, of 128 MB. */
export const MEMORY_MAX_BYTES = 16 * 1024 * 1024;

/** `memory.maxEntries`. */
export const MEMORY_MAX_ENTRIES = 10_000;

/** What an entry takes in memory besides its texts: its objects, links and maps. */
export const MEMORY_ENTRY_BYTES = 600;

/**
 * `memory.ttl`: without a keeper, an isolate serves from memory for this long before it asks the store again. A
 * `delete` made elsewhere shows after this time plus what KV takes.
 */
export const MEMORY_TTL_SECONDS = 10;

/** How long an isolate relies on the tag versions that it has read. */
export const TAG_VERSION_TTL_MS = 10 * SECOND;

/** The number of tag versions that an isolate remembers. */
export const TAG_VERSION_MAX_ENTRIES = 10_000;

/** `maxValueLength`, in characters of encoded text. KV takes 25 MiB, but each is parsed in 128 MB of memory. */
export const MAX_VALUE_LENGTH = 1024 * 1024;

/** The number of schemas whose view an entry in memory keeps; beyond it, all are parsed again. */
export const MAX_VIEWS = 4;

/** How far the clocks of different machines may disagree. */
export const CLOCK_SKEW_MS = SECOND;

/** The number of invalidated names that an isolate remembers, about 1.5 MB. Beyond it, the oldest counts for all names. */
export const LOCAL_INVALIDATIONS = 10_000;

/** The longest key of KV: https://developers.cloudflare.com/kv/platform/limits/ */
export const MAX_KEY_BYTES = 512;

/** The most keys in one bulk read of KV, which counts as one operation. */
export const BULK_KEYS = 100;

/** The most KV operations that one call uses, of 1,000 an invocation. The rest is left to the caller. */
export const OPERATION_BUDGET = 900;

/** `warm`: items at a time. A Worker may wait for the headers of six connections. */
export const WARM_CONCURRENCY = 4;

/** KV refuses a second write of a key within one second (429). It is tried again after this. */
export const WRITE_RETRY_MS = 1_100;
export const WRITE_ATTEMPTS = 3;

/** `freshness`, with a keeper. */
export const DEFAULT_FRESHNESS_SECONDS = 10;
