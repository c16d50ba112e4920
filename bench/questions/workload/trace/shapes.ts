import type { Draw } from "./draw.ts";

/** What the judge knows of a kind of read. */
export interface Judged {
  readonly name: string;
  /** What it reads: a commit that touches none of these cannot change it. */
  readonly tables: readonly string[];
  /**
   * Shows the same rows as the API, with a query's value as `p.v`. Written by hand, so that no judged code takes part in
   * judging.
   */
  readonly sql: string;
}

/** A kind of read: as an application asks PostgREST for it, and as SQL that shows the same rows to the judge. */
export interface Shape extends Judged {
  readonly weight: number;
  /** One of its queries, by a value that the trace draws. */
  readonly value: (draw: Draw) => string;
  readonly path: (value: string) => string;
  /** What somebody who tags answers by hand, and forgets nothing, would call this one. Absent: nobody has. */
  readonly tags?: (value: string) => readonly string[];
}

/** A write of somebody who tags by hand: every tag whose answers it may change. */
interface Tagged {
  readonly sql: string;
  readonly tags: readonly string[];
}

/** A kind of write: one transaction. */
export interface Write {
  readonly name: string;
  readonly weight: number;
  readonly tables: readonly string[];
  readonly sql: (draw: Draw, turn: number) => string | Tagged;
}

export interface Workload {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly writes: readonly Write[];
}
