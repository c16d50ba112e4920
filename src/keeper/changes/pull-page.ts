import { changesFromBatch } from "../../postgrest/row/batch.ts";
import {
  type Change,
  ChangeSyntaxError,
  changeFromMembers,
  flushFromMembers,
  type Row,
} from "../../postgrest/row/change.ts";
import { arrayElements, objectMembers, unquote } from "../../postgrest/row/json-source.ts";
import { BELIEVED_FOR_MS } from "../protocol/constants.ts";
import type { Cursor } from "../storage/stored-cursor.ts";

/** A page of `tidemark_changes()`. */
export interface PullPage {
  /** Differs from the last pull's when the database was replaced or restarted. */
  readonly history: string;
  readonly schemaVersion: number;
  /** The cursor to store after the last page is ingested. */
  readonly snapshot: string;
  /** A change that the cursor has not seen may be gone, so everything must be flushed. */
  readonly flush: boolean;
  readonly changes: readonly Change[];
  /** One of them is a change of the schema, or cannot be told. */
  readonly everything: boolean;
  /** The number of the last row, to ask for the next page. Null: there are no rows. */
  readonly last: string | null;
  readonly more: boolean;
  /**
   * Milliseconds since the outbox was pruned to the end, by the database's clock. Infinite: it never was. Null: an
   * older installation does not say.
   */
  readonly prunedAgo: number | null;
  /** When it was made, in epoch milliseconds by the database's clock. */
  readonly now: number;
  /** Milliseconds from each change's statement to this pull, by the database's clock. */
  readonly lags: readonly number[];
}

/** The page itself cannot be read, so it proves nothing. A single row is never the reason. */
class PullSyntaxError extends Error {
  override readonly name = "PullSyntaxError";
  readonly code = "pull";
}

/**
 * Reads a page without losing a digit of its rows. A change that cannot be read flushes its table, or everything if it
 * names none: one row must not stop the pulls of all tables.
 *
 * @throws PullSyntaxError when it is not a page
 */
export function parsePage(text: string): PullPage {
  const members = pageMembers(text);
  const source = (name: string): string => {
    const found = members[name];
    if (found === undefined) throw new PullSyntaxError(`the page has no ${name}`);
    return found;
  };
  const events = arrayElements(source("changes"))?.map((event) => objectMembers(event) ?? {});
  if (events === undefined) throw new PullSyntaxError("changes is not an array");
  const now = numberOf(source("now"));
  const told = events.map((event) => changesOf(event));
  const last = source("last");
  return {
    history: JSON.stringify([textOf(source("incarnation")), textOf(source("started"))]),
    schemaVersion: numberOf(source("schemaVersion")),
    snapshot: textOf(source("snapshot")),
    flush: source("flush") !== "false",
    changes: told.flatMap((changes) => changes ?? []),
    everything: told.includes(undefined),
    last: last === "null" ? null : last,
    more: source("more") !== "false",
    prunedAgo: agoOf(members.prunedAt, now),
    now,
    lags: events.flatMap(({ writtenAt }, at) => {
      const lag = now - Number(writtenAt ?? Number.NaN);
      return Number.isFinite(lag) ? new Array<number>(told[at]?.length ?? 1).fill(Math.max(0, lag)) : [];
    }),
  };
}

/** Whether no instance that stored this cursor, or an earlier one, is believed any more when the page is made. */
export function isLongAfter({ now, history }: PullPage, since: Cursor | null): boolean {
  // Nobody has proven anything from this storage.
  if (since === null) return true;
  // Another database may have another clock.
  return history === since.history && since.at !== undefined && now > since.at + BELIEVED_FOR_MS;
}

/**
 * How many changes are ingested in one turn. An import brings thousands, and the object serves everyone on one thread. A part
 * is judged within a budget of its own (`INGEST_STEPS`).
 */
export const CHANGES_AT_ONCE = 500;

/** A page as parts of so many changes, one at least. What flushes everything stays whole. */
export function partsOf(page: PullPage): readonly PullPage[] {
  const { changes, lags, everything } = page;
  if (everything || changes.length <= CHANGES_AT_ONCE) return [page];
  // Side by side with the changes, or not known of which.
  const isTimed = lags.length === changes.length;
  return Array.from({ length: Math.ceil(changes.length / CHANGES_AT_ONCE) }, (_, part) => {
    const [from, to] = [part * CHANGES_AT_ONCE, (part + 1) * CHANGES_AT_ONCE];
    const own = isTimed ? lags.slice(from, to) : part === 0 ? lags : [];
    return { ...page, changes: changes.slice(from, to), lags: own };
  });
}

function pageMembers(text: string): Record<string, string> {
  let members: Record<string, string> | undefined;
  try {
    JSON.parse(text);
    members = objectMembers(text);
  } catch {
    // Reported below.
  }
  if (members === undefined) throw new PullSyntaxError("the page is not a JSON object");
  return members;
}

/** Undefined: anything may have changed, since the change names no table. */
function changesOf(event: Row): readonly Change[] | undefined {
  try {
    return changesFromBatch(event) ?? [changeFromMembers(event)];
  } catch (error) {
    if (!(error instanceof ChangeSyntaxError)) throw error;
    const flush = flushFromMembers(event);
    return flush && [flush];
  }
}

function textOf(source: string): string {
  if (!source.startsWith('"')) throw new PullSyntaxError("a text is not one");
  return unquote(source);
}

function numberOf(source: string): number {
  const number = Number(source);
  if (!Number.isFinite(number)) throw new PullSyntaxError("a number is not one");
  return number;
}

/** Nothing is decided by this member, so a wrong one does not make the page unreadable. */
function agoOf(source: string | undefined, now: number): number | null {
  if (source === "null") return Number.POSITIVE_INFINITY;
  const at = Number(source ?? Number.NaN);
  return Number.isFinite(at) ? Math.max(0, now - at) : null;
}
