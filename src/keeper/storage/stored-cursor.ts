import type { Meta } from "./meta.ts";

/** Up to where changes are known: a snapshot of the database, and which run of which database it is of. */
export interface Cursor {
  readonly snapshot: string;
  readonly history: string;
  /** When it was pulled, by the database's clock. Absent in what an earlier version has stored. */
  readonly at?: number;
}

export function storedCursor(meta: Meta): Cursor | null {
  const stored = meta.text("cursor");
  return stored === null ? null : (JSON.parse(stored) as Cursor);
}

export function storeCursor(meta: Meta, cursor: Cursor): void {
  meta.set("cursor", JSON.stringify(cursor));
}
