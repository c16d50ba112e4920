import type { History } from "./history/history.ts";
import type { Edit } from "./platform/modules.ts";

/** A rule broken on purpose: text replaced in the sources, each found exactly once. */
export interface Mutation {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Random histories in which it must be seen. */
  readonly histories?: number;
  readonly seed?: number;
  /** A history made for it, where chance would find it seldom. It holds when nothing is broken. */
  readonly directed?: History;
}

export const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });
