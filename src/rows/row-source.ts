import type { RowMap } from "./row-map.ts";

/** A source is asked for what the database does not have. It tells nothing until somebody mends that. */
export class FollowError extends Error {
  override readonly name = "FollowError";
  readonly code: "unknown-column" | "type-not-followed";

  constructor(code: FollowError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Where a keeper of the library hears of changes. */
export interface RowSource {
  /**
   * The tables whose changes are told.
   *
   * @returns `version`: a number that every change of the schema, or of what is followed, changes; "refused": capture is not
   * installed, or may not be asked; "unreadable": another version of it is
   * @throws FollowError, and when the database cannot be asked
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

/** Rows of which a keeper is told, change by change. What is not told, it does not know: it proves nothing from commit. */
export interface ToldRows {
  readonly told: RowMap;
}

/** Which page of the changes is asked for. */
export interface RowPageRequest {
  /** Up to where changes are known: the `snapshot` of an earlier page. Null: none are known yet. */
  readonly since: string | null;
  /** For pages after the first: the snapshot of the first page, and the number of the last row so far. Else null. */
  readonly upto: string | null;
  readonly after: string | null;
}
