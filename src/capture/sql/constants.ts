/** The role that parses bodies of functions, and the schema in which it does. Neither has anything to do with anything else. */
export const ANALYSER = "tidemark_analyser";
export const ANALYSIS_SCHEMA = "tidemark_analysis";

/**
 * A statement that touches more rows becomes one flush of its relation: to judge each row would cost more than refills.
 */
export const MAX_ROWS_PER_STATEMENT = 10_000;

/**
 * So does a statement with more bytes of rows, not counting values that are left out: a trigger must not use up the
 * writer's memory.
 */
export const MAX_BYTES_PER_STATEMENT = 8_000_000;

/**
 * The form in which changes are told. It rises when a keeper of an earlier version would understand less of them, which it
 * takes for changes of all of their table. 2: several rows of a statement in one event. 3: those rows by columns.
 */
export const OUTBOX_FORM = 3;

/**
 * The rows of a statement are packed into rows of the outbox of about this many bytes. A trigger passes over the rows of all
 * batches before for each, so there should be few; a page holds some.
 */
export const MAX_BYTES_PER_BATCH = 500_000;

/** A page ends between two rows of the outbox, so none may hold too many small images. */
export const MAX_ROWS_PER_BATCH = 1_000;

/** A larger row image leaves its large values out: an UPDATE of one counter must not write them twice. */
export const MAX_BYTES_PER_ROW = 65_536;

/** Smaller values are always captured, whatever the row's size, so that keys are. They are not compared either. */
export const MIN_BYTES_LEFT_OUT = 1_000;

/**
 * A single row up to this size is printed at once. For a larger one it is cheaper to find out first what to leave out.
 */
export const MAX_BYTES_PRINTED_AT_ONCE = { insert: 16_000, update: 4_000, delete: 16_000 };

/**
 * A page of a pull ends after this much row text: the keeper reads it in one turn, in which it serves no other call.
 */
export const MAX_BYTES_PER_PAGE = 2_000_000;

/** And after this many changes. */
export const CHANGES_PER_PAGE = 2_000;

/**
 * What one pull tells row by row, in bytes and in changes. Readers wait for the end of a pull, so beyond that the tables with
 * the most are told as flushed.
 */
export const MAX_BYTES_PER_PULL = 8_000_000;
export const MAX_CHANGES_PER_PULL = 20_000;

/**
 * pg_net sends about 200 requests a second and queues the rest without a limit; NOTIFY lets one commit of the server
 * through at a time. Nudges beyond this rate are skipped: the next one, or the next pull, covers them.
 */
export const MAX_NUDGES_PER_SECOND = 50;

/** How long pruning keeps rows. A keeper that sleeps longer flushes everything. */
export const KEEP = "1 hour";

/**
 * After this long without pruning writers prune a little at a time, so that the outbox of a removed keeper is bounded.
 */
export const KEEP_WHEN_ABANDONED = "1 day";

/** Writers then delete this many times the rows that they add. */
export const ABANDONED_PRUNE_FACTOR = 5;

/** The batch of one statement, so that it costs a user no more than some milliseconds. */
export const ABANDONED_PRUNE_BATCH = 2_500;

/** The keeper's pruning deletes this many rows per statement, because a guard holds and checks all of them. */
export const PRUNE_STEP = 10_000;

/** About how long one pruning may take; the next one does the rest. PostgREST's roles often have 3 s per statement. */
export const PRUNE_SECONDS = 1.5;

/** How long the migration tries to take its locks, unless the session sets `tidemark.lock_timeout`. */
export const LOCK_TIMEOUT = "5s";

/**
 * How long, in all, the update of triggers after other DDL tries to lock. That DDL's own locks are held in the
 * meantime.
 */
export const DDL_LOCK_TIMEOUT = "1s";

/** The pause between two attempts. */
export const LOCK_POLL_SECONDS = 0.02;
