import type { IsolateCalls } from "./calls.ts";
import type { Position } from "./position.ts";

/** A mirror's remote procedures: what isolates ask, and the keeper's nudge. */
export interface MirrorCalls extends IsolateCalls {
  /** The keeper has raised marks up to this position. */
  nudge(position: Position): Promise<void>;
}

/** For this long after a mirror has synced on behalf of isolates, the keeper nudges it. */
export const MIRROR_REMEMBERED_MS = 60_000;

/** The region that a mirror's name tells: `weur-0` is one of `weur`. */
export function regionOfMirror(name: string): string {
  return name.slice(0, name.lastIndexOf("-"));
}

/** Where every table is read strictly, nobody waits for a mirror. */
const USUAL_BOUND_MS = 10_000;

/** The shortest bound of any table that is not read strictly, in milliseconds: how soon news can matter. */
export function shortestBoundMs(tables: ReadonlyMap<string, { readonly freshnessMs: number }>): number {
  const bounds = [...tables.values()].map(({ freshnessMs }) => freshnessMs);
  const shortest = Math.min(...bounds.filter((boundMs) => boundMs > 0));
  return Number.isFinite(shortest) ? shortest : USUAL_BOUND_MS;
}
