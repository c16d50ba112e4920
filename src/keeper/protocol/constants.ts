/** Marks of a fence, one per bucket of name hashes: with the personal ones 320 KB of doubles in an isolate. A power of two. */
export const FENCE_BUCKETS = 8_192;

/**
 * Further marks, for the names of personal keys alone: there are many of these, and what happens to them must not refuse
 * anybody else's answers (S9). As many as fit: a thousand that are forgotten at once refuse 3 % of other people's own, which
 * costs these a call. A power of two.
 */
export const PERSONAL_BUCKETS = 32_768;

/** Where clients of Supabase look for PostgREST, and what it is called here, wherever the origin has it. */
export const REST = "/rest/v1";

/** Workers KV shows a write elsewhere after about a minute, so writing a key more often buys nothing. */
export const KV_PUT_INTERVAL_MS = 60_000;

/**
 * An instance of the keeper that another has superseded finds that out by a write. For this long after its last one it
 * is believed at most, so what only the next one is told, a purge or a mode, counts everywhere that much after it began.
 */
export const BELIEVED_FOR_MS = 20_000;

/**
 * The database reports when its outbox was last pruned to the end: within the hour when all is well and while nobody
 * reads. The first pull prunes an outbox overdue by this measure; if it stays overdue, something is wrong.
 */
export const PRUNE_OVERDUE_MS = 2 * 3_600_000;
