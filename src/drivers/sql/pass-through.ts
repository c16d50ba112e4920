/** Why a statement was sent to the database as it came, and its answer not cached. */
export const PASS_THROUGH = {
  "not-a-read": "it is no SELECT, or one that writes",
  "several-statements": "it holds more than one statement",
  "not-understood": "it holds something that the list of what is understood lacks; the detail says what",
  "too-long": "its text and parameters are longer than an entry's key may be",
  "no-table": "it reads no table, so that no change would ever be told",
  "other-database": "it is sent to another database than the one of which the keeper hears",
  "unknown-table": "it names a table or view that the keeper does not know",
  "unwatched-table": "it reads a table whose changes are not told",
  "unlisted-table": "it reads a table that the option `tables` does not list",
  "unknown-function": "it calls a function that is not known to depend on its arguments alone",
  "unknown-type": "it reads or names a type that may run what somebody made: a cast, a check, an operator",
  time: "its answer depends on the time, or may",
  session: "its answer depends on who asks, or on the session's settings",
  locks: "it locks rows",
  "system-column": "it reads a column of the database's own, which changes without a change of the row",
  parameter: "one of its parameters is of a kind that a key cannot tell apart",
  "row-security": "row-level security decides what it reads, by policies that may read anything",
  transaction: "it runs inside a transaction",
  connection: "its connection has settings, temporary tables or roles of its own",
  stream: "its answer is a stream or a cursor, or goes to an object of the caller's",
  batch: "it is part of a batch, which is a transaction",
  fresh: "the caller asked to read around the cache",
  "no-map": "the keeper has not told which tables are watched",
  "own-write": "this isolate has written, and the keeper cannot be asked whether it knows",
  "not-kept": "its answer is in a form that cannot be kept",
  "cache-failed": "the cache failed; the event's error says how",
} as const;
/** Why a statement's answer was not cached: a name of `PASS_THROUGH`. */
export type PassThroughReason = keyof typeof PASS_THROUGH;

/** Ends the reading of a statement. Never leaves this room. */
export class Pass extends Error {
  readonly reason: PassThroughReason;
  readonly detail: string;

  constructor(reason: PassThroughReason, detail = "") {
    super(`${reason} ${detail}`);
    this.reason = reason;
    this.detail = detail;
  }
}
