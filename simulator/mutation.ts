import type { History } from "./history/history.ts";
import type { Edit } from "./platform/modules.ts";

/** A rule broken on purpose, by replacing texts that each occur exactly once in the sources. */
export interface Mutation {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The number of random histories in which it must be caught. */
  readonly histories?: number;
  /** From which it is caught soon: most of the time of these tests goes into histories before the one that shows it. */
  readonly seed?: number;
  /** How many of ten have mirrors; none, unless it says so. */
  readonly mirrored?: number;
  /** How many have the data centre's cache, or answers given while they are revalidated; none, likewise. */
  readonly tiered?: number;
  /** A history made for it, if chance would rarely find it. It passes with intact sources. */
  readonly directed?: History;
}

export const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });
