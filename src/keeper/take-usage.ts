import { noteRead } from "./keys/key-record.ts";
import type { Registry } from "./keys/registry.ts";
import type { KvOutbox } from "./kv/kv-outbox.ts";
import type { UsageReport } from "./protocol/statistics.ts";
import type { KeeperStatistics } from "./statistics/statistics.ts";

interface UsagePorts {
  readonly statistics: KeeperStatistics;
  readonly registry: Registry;
  readonly outbox: KvOutbox;
}

/** Adds up what an isolate reports: its counts, and demand for the keys that it served without asking the keeper. */
export function takeUsage(
  report: UsageReport | null,
  now: number,
  { statistics, registry, outbox }: UsagePorts,
): void {
  if (!report) return;
  statistics.take(report);
  for (const key of report.keysRead) {
    const record = registry.get(key);
    if (!record) continue;
    noteRead(record, now);
    record.demand.read(now);
    outbox.offer(record);
  }
}
