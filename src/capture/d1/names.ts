/** What a row of `tidemark_state` says this code can read. */
export const FORMAT = 1;

/** All that is ours in a database begins so. */
export const OURS = "tidemark_";

export const OUTBOX = "tidemark_outbox";
export const STATE = "tidemark_state";
export const WATCHED = "tidemark_watched";

/** Text is told up to so many characters, of bytes as many, and so are the names made of them. */
export const TOLD_LENGTH = 256;

/** SQLite's functions take no more than 63 pairs on D1, and a row's names cost a bucket each. */
export const MAX_FOLLOWED = 16;

/** How long pruning keeps a row: a keeper that was away for longer flushes everything. */
export const KEEP_MS = 3_600_000;

/** When nobody prunes, as the keeper is gone, writers do after this long. */
export const KEEP_WHEN_ABANDONED_MS = 86_400_000;

/** Of so many writes, one of them prunes then, and deletes at most four times as many rows. */
export const ABANDONED_EVERY = 256;

/** The database's clock, in milliseconds. It stands still within a statement. */
export const NOW_SQL = "cast(unixepoch('subsec') * 1000 AS INTEGER)";

/** The kinds of triggers that a table may have: before and after; insert, update and delete. */
export const TRIGGER_KINDS = ["bi", "bu", "ai", "au", "ad"] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** What the names of our triggers match, by SQLite's GLOB. They keep them when their table is renamed. */
export const OUR_TRIGGERS = `${OURS}[ab][iud]_*`;

export function isOurTrigger(name: string): boolean {
  return /^tidemark_[ab][iud]_/.test(name);
}

export function triggerName(kind: TriggerKind, table: string): string {
  return `${OURS}${kind}_${table}`;
}
