import type { DriverEvent, DriverOptions } from "../../read/options.ts";

/** What a test asks a Worker to ask its database. */
export interface Question {
  readonly through: "cache" | "bare" | "fresh" | "session";
  readonly method: "all" | "run" | "raw" | "columns" | "first" | "batch" | "exec" | "statistics";
  readonly sql: string;
  readonly parameters?: readonly unknown[];
  /** With `first`. */
  readonly column?: string;
  /** With `batch`. */
  readonly statements?: readonly { readonly sql: string; readonly parameters: readonly unknown[] }[];
  readonly freshness?: string;
  readonly options?: DriverOptions & { readonly correctChanges?: boolean };
}

/** Its answer as a text that tells all values apart, or the error's message. */
export interface Answered {
  readonly answer?: string;
  readonly error?: string;
  readonly events: readonly DriverEvent[];
}
