import type { RowMap } from "./row-map.ts";

/** Where a keeper of the library hears of changes. */
export interface RowSource {
  /**
   * The tables whose changes are told.
   *
   * @returns `version`: a number that every change of the schema, or of what is followed, changes; "refused": capture is not
   * installed, or may not be asked; "unreadable": another version of it is
   * @throws when the database cannot be asked
   */
  followed(): Promise<{ readonly version: number; readonly map: RowMap } | "refused" | "unreadable">;
  /**
   * Changes that the caller does not know, as `tidemark_changes()` of capture gives them.
   *
   * @returns a page, as JSON text
   * @throws when the database cannot be asked
   */
  changes(request: RowPageRequest): Promise<string>;
  /** Removes what everybody has seen. @throws when the database cannot be asked */
  prune(): Promise<void>;
}

/** Which page of the changes is asked for. */
export interface RowPageRequest {
  /** Up to where changes are known: the `snapshot` of an earlier page. Null: none are known yet. */
  readonly since: string | null;
  /** For pages after the first: the snapshot of the first page, and the number of the last row so far. Else null. */
  readonly upto: string | null;
  readonly after: string | null;
}
