import type { Finding } from "./statistics.ts";

/** What an operator must know: one line of the log each, never one for each request. docs/admin.md lists them. */
export type OperatorEvent =
  /** an answer was wrong, and no change explains it */
  | ({ readonly event: "audit-difference" } & Finding)
  /** today's writes to KV do not suffice: answers wait, or stay in the keeper; told once a day */
  | {
      readonly event: "kv-budget-spent";
      readonly spent: number;
      readonly perDay: number;
      /** ISO 8601, as everywhere here. */
      readonly resetsAt: string;
    }
  /** several calls of the keeper failed in a row: this isolate's reads go to the origin; told again every ten minutes */
  | { readonly event: "keeper-unreachable"; readonly since: string }
  /** it answers again */
  | { readonly event: "keeper-well"; readonly since: string }
  /** several calls of the mirror near by failed in a row: this isolate asks the keeper itself; told again every ten minutes */
  | { readonly event: "mirror-unreachable"; readonly since: string }
  /** it answers again */
  | { readonly event: "mirror-well"; readonly since: string };

/** Prints an event: nothing else does in a Worker that runs. */
export function logEvent(event: {
  readonly event: string;
  readonly code?: string;
  readonly message?: string;
}): void {
  console.warn(JSON.stringify(event));
}
