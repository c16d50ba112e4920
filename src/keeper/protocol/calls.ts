import type { Change } from "../../postgrest/row/change.ts";
import type { EntriesPage, EntriesRequest, Explanation, IngestAnswer, Purge, PurgeAnswer } from "./admin.ts";
import type { AudienceAnswer, AudienceRequest } from "./audience.ts";
import type { Standing } from "./database-status.ts";
import type { CacheableRead } from "./entry.ts";
import type { FillAnswer, FillRequest } from "./fill.ts";
import type { History, HistorySpan } from "./history.ts";
import type { Mode, Position } from "./position.ts";
import type { RecentChanges } from "./recent-changes.ts";
import type { Stats, UsageReport } from "./statistics.ts";
import type { SyncAnswer, SyncRequest } from "./sync.ts";

/** What isolates ask for their readers: of the keeper, or of a mirror. */
export interface IsolateCalls {
  sync(request: SyncRequest): Promise<SyncAnswer>;
  fill(request: FillRequest): Promise<FillAnswer>;
  /** Whose answers a bearer may share for a read. Asks the database if the token is not known. */
  audience(request: AudienceRequest): Promise<AudienceAnswer>;
}

/**
 * The keeper's remote procedures. The Durable Object implements them; isolates call them through a stub. Everything
 * they carry is structured-cloneable, and every time is a duration in milliseconds, since clocks of different machines
 * are never compared (P1).
 */
export interface KeeperCalls extends IsolateCalls {
  ingest(changes: readonly Change[]): Promise<IngestAnswer>;
  /** Raises names of the library: keys, tags, prefixes, namespaces. */
  invalidate(names: readonly string[]): Promise<Position>;
  /** Counts in the keeper at once, and is answered when it counts wherever readers may ask (P11). */
  purge(purge: Purge): Promise<PurgeAnswer>;
  explain(read: CacheableRead, change: Change | null): Promise<Explanation>;
  entries(request: EntriesRequest): Promise<EntriesPage>;
  /** Pulls now, if changes are pulled. */
  nudge(): Promise<void>;
  standing(): Promise<Standing>;
  stats(report: UsageReport | null): Promise<Stats>;
  history(span: HistorySpan): Promise<History>;
  recentChanges(): Promise<RecentChanges>;
  resetStats(): Promise<Stats>;
  /** Counts, and is answered, as a purge. */
  setMode(mode: Mode): Promise<Stats>;
}
