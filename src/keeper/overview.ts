import type { KeyRecord } from "./keys/key-record.ts";
import type { Registry } from "./keys/registry.ts";
import type { EntriesPage, EntriesRequest } from "./protocol/admin.ts";
import type { Stats } from "./protocol/statistics.ts";
import type { Counter, KeeperStatistics } from "./statistics/statistics.ts";

/** A page of the registered keys, in the order of their registration. */
export function pageOf(
  records: Iterable<KeyRecord>,
  { prefix, cursor, limit }: EntriesRequest,
  now: number,
  isInvalidated: (record: KeyRecord) => boolean,
): EntriesPage {
  const all = [...records].filter((record) => record.path.startsWith(prefix));
  const after = cursor === null ? 0 : Number(cursor);
  const page = all.filter((record) => record.id > after).slice(0, limit);
  const last = page.at(-1);
  return {
    entries: page.map((record) => ({
      key: record.key,
      path: record.path,
      relation: record.relation,
      bytes: record.bytes,
      status: record.status,
      reads: record.reads,
      fills: record.fills,
      filledAgo: Number.isFinite(record.lastFillBegan) ? now - record.lastFillBegan : null,
      invalidated: isInvalidated(record),
      inKv: Number.isFinite(record.lastPutAt),
      watched: record.watched,
    })),
    cursor: last && all.at(-1) !== last ? String(last.id) : null,
    total: all.length,
  };
}

/** The counters and the keeper's state, with the share of reads that the cache answered. */
export function statsOf(
  statistics: KeeperStatistics,
  registry: Registry,
  now: Omit<Stats, Counter | "hitRatio" | "keys" | "registryBytes" | "lags">,
): Stats {
  const counters = statistics.values();
  const served = counters.hits + counters.stale;
  const reads = served + counters.misses + counters.bypasses + counters.errors;
  const { pulled, learned } = statistics.lags;
  return {
    ...counters,
    ...now,
    keys: registry.size,
    registryBytes: registry.bytes,
    lags: { pulled: pulled.histogram(), learned: learned.histogram() },
    hitRatio: reads === 0 ? 0 : served / reads,
  };
}
