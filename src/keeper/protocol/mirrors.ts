import type { AudienceAnswer, AudienceRequest } from "./audience.ts";
import type { FillAnswer, FillRequest } from "./fill.ts";
import type { Position } from "./position.ts";
import type { SyncAnswer, SyncRequest } from "./sync.ts";

/** A mirror's remote procedures: what isolates ask the keeper for, and the keeper's nudge. */
export interface MirrorCalls {
  sync(request: SyncRequest): Promise<SyncAnswer>;
  fill(request: FillRequest): Promise<FillAnswer>;
  audience(request: AudienceRequest): Promise<AudienceAnswer>;
  /** The keeper has raised marks up to this position. */
  nudge(position: Position): Promise<void>;
}

/** For this long after a mirror has synced on behalf of isolates, the keeper nudges it. */
export const MIRROR_REMEMBERED_MS = 60_000;

/** Where every table is read strictly, nobody waits for a mirror. */
const USUAL_BOUND_MS = 10_000;

/** The shortest bound of any table that is not read strictly, in milliseconds: how soon news can matter. */
export function shortestBoundMs(tables: ReadonlyMap<string, { readonly freshnessMs: number }>): number {
  const bounds = [...tables.values()].map(({ freshnessMs }) => freshnessMs);
  const shortest = Math.min(...bounds.filter((boundMs) => boundMs > 0));
  return Number.isFinite(shortest) ? shortest : USUAL_BOUND_MS;
}
