import { BELIEVED_FOR_MS } from "../protocol/constants.ts";
import type { Meta } from "./meta.ts";

/** Up to where changes are known: a snapshot of the database, and which run of which database it is of. */
export interface Cursor {
  readonly snapshot: string;
  readonly history: string;
  /** When it was pulled, by the database's clock. Absent in what an earlier version has stored. */
  readonly at?: number;
}

/**
 * Whether no instance that stored this cursor, or an earlier one, is believed any more when the page is made.
 *
 * @param now of a page, in epoch milliseconds by the database's clock
 */
export function isLongAfter(
  { now, history }: { readonly now: number; readonly history: string },
  since: Cursor | null,
): boolean {
  // Nobody has proven anything from this storage.
  if (since === null) return true;
  // Another database may have another clock.
  return history === since.history && since.at !== undefined && now > since.at + BELIEVED_FOR_MS;
}

export function storedCursor(meta: Meta): Cursor | null {
  const stored = meta.text("cursor");
  return stored === null ? null : (JSON.parse(stored) as Cursor);
}
