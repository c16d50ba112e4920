/** A statement that touches more rows is told as one flush of its relation: judging each would cost more than refilling. */
export const MAX_ROWS_PER_STATEMENT = 500;

/**
 * So is a statement whose rows are larger, values aside that are too large to be told: a trigger must not hold the memory
 * of whoever writes.
 */
export const MAX_BYTES_PER_STATEMENT = 1_000_000;

/** Of a row image that would be larger, large values are left out: an UPDATE of one counter must not write them twice. */
export const MAX_BYTES_PER_ROW = 65_536;

/** Smaller values are told whatever the row's size is, so that keys are, and neither compared nor left out as unchanged. */
export const MIN_BYTES_LEFT_OUT = 1_000;

/** A single row up to this size is printed at once. Beyond, finding out what to leave out costs less than printing it. */
export const MAX_BYTES_PRINTED_AT_ONCE = { insert: 16_000, update: 4_000, delete: 16_000 };

/**
 * A page of a pull ends after this much row text: it is read in one turn, in which the keeper serves nobody else. A
 * statement that prints as more is a flush as well: what is stored compressed does not show its size.
 */
export const MAX_BYTES_PER_PAGE = 1_000_000;

export const DEFAULT_ROWS_PER_PAGE = 1_000;

/**
 * pg_net sends about 200 requests a second and queues the rest without end; NOTIFY lets one commit of the
 * database through at a time. Beyond this rate nudges are skipped: the next one, or the next pull, makes up for it.
 */
export const MAX_NUDGES_PER_SECOND = 50;

/** How long the keeper's own pruning keeps what it has pulled; a keeper that sleeps longer flushes everything. */
export const KEEP = "1 hour";

/** When nobody has pruned for so long, writers do it, a little at a time: the outbox of a keeper that is gone must end. */
export const KEEP_WHEN_ABANDONED = "1 day";

/** Writers then delete this many times the rows that they add. */
export const ABANDONED_PRUNE_FACTOR = 5;

/** In batches, so that no statement of a user pays for more than some milliseconds. */
export const ABANDONED_PRUNE_BATCH = 2_500;

/** The keeper's pruning deletes this many rows a statement: a guard looks at each of them, and holds them meanwhile. */
export const PRUNE_STEP = 10_000;

/** No pruning takes longer than about this; what is left goes with the next one. Roles of PostgREST often have 3 s. */
export const PRUNE_SECONDS = 1.5;

/** How long the migration tries to lock what it must, unless the session's `tidemark.lock_timeout` says otherwise. */
export const LOCK_TIMEOUT = "5s";

/** How long, in all, whatever brings triggers in order after somebody's DDL tries to lock: that DDL's own locks are held meanwhile. */
export const DDL_LOCK_TIMEOUT = "1s";

/** Between two attempts. */
export const LOCK_POLL_SECONDS = 0.02;
