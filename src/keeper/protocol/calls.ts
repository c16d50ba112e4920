import type { Change } from "../../postgrest/row/change.ts";
import type { EntriesPage, EntriesRequest, Explanation, IngestAnswer, Purge, PurgeAnswer } from "./admin.ts";
import type { CacheableRead } from "./entry.ts";
import type { FillAnswer, FillRequest } from "./fill.ts";
import type { Mode, Position } from "./position.ts";
import type { Stats, UsageReport } from "./statistics.ts";
import type { SyncAnswer, SyncRequest } from "./sync.ts";

/**
 * What isolates and the keeper say to each other. Everything here is structured-cloneable; every time is a
 * duration in milliseconds, since clocks of different machines are never compared (P1).
 */
/** The keeper's remote procedures. The Durable Object implements it; isolates see it through a stub. */
export interface KeeperCalls {
  sync(request: SyncRequest): Promise<SyncAnswer>;
  fill(request: FillRequest): Promise<FillAnswer>;
  ingest(changes: readonly Change[]): Promise<IngestAnswer>;
  /** Raises names of the library's own: keys, tags, namespaces. */
  invalidate(names: readonly string[]): Promise<Position>;
  purge(purge: Purge): Promise<PurgeAnswer>;
  explain(read: CacheableRead, change: Change | null): Promise<Explanation>;
  entries(request: EntriesRequest): Promise<EntriesPage>;
  /** Looks for changes now, where they are pulled. */
  nudge(): Promise<void>;
  stats(report: UsageReport | null): Promise<Stats>;
  resetStats(): Promise<Stats>;
  setMode(mode: Mode): Promise<Stats>;
}
