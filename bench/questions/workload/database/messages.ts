import type { SchemaQuestion } from "../../../../src/keeper/ports/ports.ts";
import type { ClaimPath } from "../../../../src/postgrest/claims/claims.ts";

/** The bench's messages to the database's process. */
export type Question =
  /** A read through the API, as this user sees it; null: as a publishable key does. */
  | { readonly kind: "read"; readonly path: string; readonly user: string | null }
  /** One transaction of a writer. */
  | { readonly kind: "write"; readonly sql: string }
  /** Capture's two functions: the changes, and Postgres' description of its relations. */
  | {
      readonly kind: "pull";
      readonly since: string | null;
      readonly upto: string | null;
      readonly after: string | null;
    }
  | { readonly kind: "schema"; readonly question: SchemaQuestion }
  /** What the database says of this user's token: these claims, as JSON paths. */
  | { readonly kind: "whoami"; readonly user: string; readonly paths: readonly ClaimPath[] }
  /** For each value, a digest of the rows that this SQL shows for it. */
  | { readonly kind: "digests"; readonly sql: string; readonly values: readonly string[] };

export interface Asked {
  readonly id: number;
  readonly question: Question;
}

export interface Answered {
  readonly id: number;
  readonly text?: string;
  readonly digests?: readonly string[];
  readonly error?: string;
}
