/** Marks of the fence, one per bucket of name hashes. 64 KB of doubles in an isolate; a power of two. */
export const FENCE_BUCKETS = 8_192;

/** Where clients of Supabase look for PostgREST, and what it is called in here, wherever it is at the origin. */
export const REST = "/rest/v1";

/** Version of what is stored and of how it is read. A part of the generation: raising it forgets everything. */
export const FORMAT = 4;

/**
 * An ingest that touches more keys than this raises their relation's name instead: one row written, not thousands. A
 * name refuses all keys of its table in every isolate, and each costs a call there; so many keys refuse one neighbour in
 * thirty-two.
 */
export const KEYS_RAISED_ONE_BY_ONE = 256;

/**
 * What judging a batch may take, in steps of some 15 to 55 ns (`Meter`): so much for any, and more for each of its first
 * changes. Beyond it no key is judged, but only looked up, as the object serves everybody on one thread. The worst page
 * of 500 changes that `bench/questions/worst` has found took 105 ms.
 */
export const INGEST_STEPS = 1_000_000;
export const INGEST_STEPS_PER_CHANGE = 6_000;
export const INGEST_CHANGES = 500;

/** Workers KV shows a write elsewhere after a minute or so: writing a key more often buys nothing. */
export const KV_PUT_INTERVAL_MS = 60_000;

/** Workers KV takes no expiry below a minute. */
export const KV_MIN_EXPIRATION_S = 60;

/** Metadata of a KV value, as the platform limits it. */
export const KV_MAX_METADATA_BYTES = 1_024;

/** A put that takes longer has failed: the alarm must not hang on it. */
export const KV_PUT_DEADLINE_MS = 10_000;

/** Puts in one alarm: well under the 1,000 operations of an invocation, with room for a slow store. */
export const KV_PUTS_PER_ALARM = 100;

/** Bodies that one alarm holds in memory beyond those that the keeper keeps anyway, and one more; the rest is the next one's. */
export const KV_PUT_BYTES_PER_ALARM = 4_000_000;

/** This share of a day's writes to KV can be saved up; what is left of them accrues evenly over the day. */
export const KV_BURST_SHARE = 1 / 4;

/** So much of the burst is kept for keys that so many networks want: a flood by a few leaves it alone. */
export const KV_RESERVED_SHARE = 1 / 4;
export const KV_RESERVED_FROM_LEVEL = 4;

/** What the keys that one client was the first to ask for get of the writes, at most. */
export const KV_CLIENT_SHARE = 1 / 4;

/** A client that nobody else has asked beside for so long is held to no share for what it reads over some time. */
export const KV_ALONE_AFTER_MS = 3_600_000;

/** Keys that are owed to KV at a time, whatever the budget is: each holds a body in the storage. */
export const KV_OWED_MAX = 256;

/** A key is worth a write to KV from this level of demand on: two networks, or one over some time. */
export const KV_FROM_LEVEL = 2;

/**
 * A put that the budget has refused is looked at again after this long, or once there is a write again; and so is a body
 * that could not even be owed.
 */
export const KV_REFUSED_RETRY_MS = 60_000;

/** A key that is read so long after its first read is wanted for more than a moment. */
export const DEMAND_PERIOD_MS = 600_000;

/** A key that nobody has read for this long is no longer in demand. */
export const DEMAND_LASTS_MS = 3_600_000;

/** After a failed put: 2 s, doubled each time, at most five minutes; given up after this many tries. */
export const KV_RETRY_MS = 2_000;
export const KV_RETRY_MAX_MS = 300_000;
export const KV_TRIES = 8;

/** Origin requests under way at once. Refreshes take at most half, so that a miss finds a place. */
export const ORIGIN_CONCURRENCY = 64;

/**
 * Misses that wait for a place, of all clients together, for the memory's sake: some KB each. Beyond it a client may still
 * have a few waiting, so that one long queue keeps nobody else from a turn; more are left to the isolates.
 */
export const MISSES_WAITING = 1_000;
export const MISSES_WAITING_PER_CLIENT = 64;

/**
 * Origin requests of one client's reads that may fail a minute while other clients' are answered. A client that has less
 * than half of them left may have as many requests under way as it has left, at least one.
 */
export const FAILURES_PER_MINUTE = 20;

/** Share of the registry dropped when it is full: one mark for many keys. */
export const EVICTION_SHARE = 0.05;

/** Networks of each width that are counted at a time; the least recently seen is forgotten. */
export const NETWORKS_COUNTED = 2_000;

/**
 * A network a level up (IPv4 /24 and /16, IPv6 /48 and /32) may do so many times as much as one below it. Four: a home or
 * an office that speaks from a few addresses is not held back, and who owns 65,536 networks is worth four.
 */
export const WIDER_NETWORK_FACTOR = 4;

/**
 * What one client's reads may cost the database beyond one operation each, a minute: a strict read can need a pull and,
 * when the pull has found a change, a fill. Enough for a client that writes once a second and reads after each write.
 */
export const EXTRA_OPERATIONS_PER_MINUTE = 60;

/** An isolate asks for no strict read of a client that has used these up, for so long. */
export const SPENT_REMEMBERED_MS = 1_000;

/** Refills that wait for their time; more wait for a reader instead. */
export const REFILLS_WAITING = 1_000;

/** Counters reach SQLite this long after they changed: a crash loses some counts, never a change. */
export const STATISTICS_FLUSH_MS = 30_000;

/** Larger answers are not read for what they show: the object serves everybody on one thread. */
export const WINDOW_MAX_BODY_BYTES = 262_144;

/** Without capture nobody tells of a new schema: it is asked for this often, while there are readers. */
export const SCHEMA_CHECK_MS = 60_000;

/** A keeper that knows no schema yet waits this long for it before its first answer. */
export const FIRST_SCHEMA_MS = 3_000;

/** Pulls under way at once: one more than needed, so that a reader who wants a younger one does not wait for both. */
export const PULLS_AT_ONCE = 2;

/** A cursor that brings nothing new is written this often: one that is older than what is pruned costs a flush. */
export const CURSOR_STORED_EVERY_MS = 600_000;

/** The outbox is pruned this often while there are readers; the writers prune, too. */
export const PRUNED_EVERY_MS = 600_000;

/** A schema that could not be asked for when the keeper started is asked for this often: until then nothing is proven. */
export const SCHEMA_RETRY_MS = 2_000;

/**
 * The database says when its outbox was last pruned to the end: an hour ago where all is well, and as long as nobody
 * reads. One that is older is pruned at the first pull; still older after that, something is wrong.
 */
export const PRUNE_OVERDUE_MS = 2 * 3_600_000;

/** A failure that lasts is logged again this often. */
export const FAILURE_LOGGED_EVERY_MS = 600_000;

/** Where the database tells of DDL, it is asked all the same this often: `ALTER ROLE … SET` and its like tell nobody. */
export const SCHEMA_RECHECK_MS = 600_000;

/** Characters of a description. An object has 128 MB, and a description takes several times its text once it is read. */
export const SCHEMA_MAX_LENGTH = 5_000_000;

/** A row of a Durable Object's SQLite holds 2 MB: a description is split into parts of this size. */
export const SCHEMA_PART_BYTES = 1_000_000;

/** What is left of an `ApiReload` is written down this often: the end of an instance costs no more than that. */
export const API_RELOAD_NOTED_EVERY_MS = 15_000;

/** A pull that takes longer than this hangs: whatever it waits for has a deadline that is shorter. */
export const PULL_HANGS_MS = 60_000;

/** A webhook that is later than this is lost: pg_net sends at once and gives up after seconds. */
export const AUDIT_WEBHOOK_GRACE_MS = 10_000;

/** The last findings of the audit are kept for `stats`. */
export const AUDIT_FINDINGS = 20;

/**
 * About how much memory one key may take with its shape. By this count a read of one row takes 8 KB when nobody shares its
 * shape and 2 when others do, and each embed 3 to 5 more; over it the key is registered by its relations only.
 */
export const KEY_MAX_BYTES = 65_536;

/**
 * A coarse shape is but a list of relations, and all keys on them share it: it may be long where a table has many
 * hundred partitions.
 */
export const COARSE_SHAPE_MAX_BYTES = 262_144;

/** Characters of a read as it is stored: a row of a Durable Object's SQLite holds 2 MB. */
export const STORED_READ_MAX_LENGTH = 262_144;

/** Of the memory that the registry may take, windows may take this share; keys and shapes the rest. */
export const WINDOW_SHARE = 0.25;

/** Keys read from the storage at a time: all at once would take the memory twice. */
export const KEYS_LOADED_AT_ONCE = 100;

/** A storage over the caps is emptied by steps of so many keys, each a transaction of its own. */
export const KEYS_DROPPED_AT_ONCE = 500;
