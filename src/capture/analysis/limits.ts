/**
 * Functions beyond these are not understood. Those that policies, views and computed columns lead to come first, then those
 * of exposed schemas, which PostgREST may call.
 */
export const MAX_FUNCTIONS = 200;

/** Longer bodies are not understood. */
export const MAX_BODY_BYTES = 20_000;

/** Nor are those that Postgres parses to more than this. */
export const MAX_TREE_BYTES = 400_000;

/** Schemas of one search path that not everybody may use: for n of them a body is parsed 2ⁿ times. */
export const MAX_RESTRICTED_SCHEMAS = 3;

/** What is not analysed within this time after DDL is not understood. The DDL's locks are held meanwhile. */
export const ANALYSIS_TIME = "1s";

/**
 * How long to wait for a lock on what a body reads. It is shorter than any `deadlock_timeout` in use, so that no other
 * session's DDL becomes the victim of a deadlock with us.
 */
export const ANALYSIS_LOCK_TIMEOUT = "50ms";

/** With more schemas than these, functions without a search path of their own are not understood. */
export const MAX_SCHEMAS = 100;
