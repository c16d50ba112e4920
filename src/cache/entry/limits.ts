// Defaults and bounds of the library, each with its reason. Those that are options say so.

const SECOND = 1_000;
const DAY = 86_400_000;

/** `ttl`, when neither the call, the kind nor the cache sets one: no entry is without an end. */
export const DEFAULT_TTL_SECONDS = 300;

/** No entry lives longer, stale windows included: marks of invalidation need not be kept for ever then. */
export const MAX_LIFETIME_MS = 30 * DAY;

/** `jitter`: times to live are shortened by up to this share, so that entries filled together do not end together. */
export const DEFAULT_JITTER = 0.1;

/** `hardTimeout`: below the 30 s that `waitUntil` grants, so that a load that hangs is still reported. */
export const DEFAULT_HARD_TIMEOUT_SECONDS = 20;

/**
 * How long a load is waited for by others before one of them loads too. A leader that was cancelled holds its key
 * up for at most this long; a load that is merely slow is repeated at most this often.
 */
export const FLIGHT_EXPIRY_MS = 5 * SECOND;

/** A store slower than this counts as failed: it must not be what a reader waits for. */
export const STORE_TIMEOUT_MS = 2 * SECOND;

/** After a store timed out it is left alone for so long, lest every read wait for it again. */
export const STORE_REST_MS = 5 * SECOND;

/** After a refresh in the background failed, the next attempt waits at least so long. */
export const REFRESH_RETRY_MS = SECOND;

/** `memory.maxBytes`, counted as the text of keys and values; what is parsed of it takes several times that, of 128 MB. */
export const MEMORY_MAX_BYTES = 16 * 1024 * 1024;

/** `memory.maxEntries`. */
export const MEMORY_MAX_ENTRIES = 10_000;

/** What an entry occupies in memory beside its texts: its objects, links and maps. */
export const MEMORY_ENTRY_BYTES = 600;

/**
 * `memory.ttl`: without a keeper, an isolate believes its memory for so long before it asks the store again; a
 * `delete` made elsewhere is noticed after this, plus what KV takes.
 */
export const MEMORY_TTL_SECONDS = 10;

/** How long an isolate relies on stamps (of tags, prefixes and namespaces) that it has read. */
export const STAMP_TTL_MS = 10 * SECOND;

/** Names whose stamps an isolate remembers. */
export const STAMP_MAX_ENTRIES = 10_000;

/** `maxValueLength`, in characters of encoded text. KV takes 25 MiB, but each is parsed in 128 MB of memory. */
export const MAX_VALUE_LENGTH = 1024 * 1024;

/** Schemas for which an entry in memory remembers what they made of it; with more, all are parsed again. */
export const MAX_VIEWS = 4;

/** Clocks of different machines are trusted to agree within this. */
export const CLOCK_SKEW_MS = SECOND;

/** Invalidated names that an isolate remembers, about 1.5 MB; beyond them the oldest counts for all. */
export const LOCAL_INVALIDATIONS = 10_000;

/** KV keys are at most 512 bytes long: https://developers.cloudflare.com/kv/platform/limits/ */
export const MAX_KEY_BYTES = 512;

/** Keys in one bulk read of KV, which counts as one operation. */
export const BULK_KEYS = 100;

/** KV operations that one call may use, of 1,000 an invocation; the rest is left to the caller. */
export const OPERATION_BUDGET = 900;

/** `warm`: items at a time; a Worker may await the headers of six connections. */
export const WARM_CONCURRENCY = 4;

/** KV refuses a second write of a key within one second (429): it is tried again after this. */
export const WRITE_RETRY_MS = 1_100;
export const WRITE_ATTEMPTS = 3;

/** `freshness`, with a keeper. */
export const DEFAULT_FRESHNESS_MS = 10 * SECOND;
