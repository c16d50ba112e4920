import type { ReaderClaims } from "../../postgrest/claims/claims.ts";

/** For whom an answer was fetched. Of the token, only the digest is kept. */
export interface Owner {
  readonly digest: string;
  /** Whose token it is: tokens of one person have the same, however often they are refreshed. */
  readonly subject: string;
  /** The answers that stand or fall together when two readers' are compared: see `Witnesses`. */
  readonly scope: string;
}

/** Who asks for a read of those who sign in, as the database has vouched. */
export interface KnownReader extends Owner {
  /** Goes to the origin and nowhere else. */
  readonly token: string;
  readonly reader: ReaderClaims;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}
