import type { Clock } from "../../runtime/clock.ts";
import type { ChangeSource } from "../ports/ports.ts";
import type { Meta } from "./meta.ts";

/** Up to where changes are known: a snapshot of the database, and which run of which database it is of. */
export interface Cursor {
  readonly snapshot: string;
  readonly history: string;
  /** When it was pulled, by the database's clock. Absent in what an earlier version has stored. */
  readonly at?: number;
}

/** A pull's first page that is on its way. */
export interface BegunPull {
  /** The snapshot that it was asked from. */
  readonly since: string | null;
  /** When it was asked for. */
  readonly startedAt: number;
  readonly page: Promise<string>;
}

/** Asks for what has changed since the stored cursor, for a feed that will be made from this storage. */
export function beginPull(source: ChangeSource, meta: Meta, clock: Clock): BegunPull {
  const since = storedCursor(meta)?.snapshot ?? null;
  const startedAt = clock.now();
  const page = source.changes({ since, upto: null, after: null });
  // Whoever takes it up hears of a failure.
  page.catch(() => {});
  return { since, startedAt, page };
}

export function storedCursor(meta: Meta): Cursor | null {
  const stored = meta.text("cursor");
  return stored === null ? null : (JSON.parse(stored) as Cursor);
}
