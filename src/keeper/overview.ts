import type { Change } from "../postgrest/row/change.ts";
import type { Clock } from "../runtime/clock.ts";
import type { BearerAudiences } from "./audiences/audiences.ts";
import type { Audit } from "./audit/audit.ts";
import type { ChangeLog } from "./changes/change-log.ts";
import { entriesPage } from "./entries/entries-page.ts";
import type { Fills } from "./fills/fills.ts";
import { explanationOf } from "./keys/explanation.ts";
import type { Registry } from "./keys/registry.ts";
import type { KvOutbox } from "./kv/kv-outbox.ts";
import type { SiteMode } from "./mode.ts";
import type { Feed, FootprintSource, KeeperPorts } from "./ports/ports.ts";
import type { EntriesPage, EntriesRequest, Explanation } from "./protocol/admin.ts";
import type { Standing } from "./protocol/database-status.ts";
import type { CacheableRead } from "./protocol/entry.ts";
import type { History, HistorySpan } from "./protocol/history.ts";
import type { Position } from "./protocol/position.ts";
import { byAnswer } from "./protocol/read-ends.ts";
import type { RecentChanges } from "./protocol/recent-changes.ts";
import type { Stats } from "./protocol/statistics.ts";
import type { ApiReload } from "./schema/api-reload.ts";
import { sumsOf } from "./statistics/read-ends.ts";
import type { KeeperStatistics } from "./statistics/statistics.ts";

interface OverviewPorts {
  readonly clock: Clock;
  readonly mode: SiteMode;
  readonly statistics: KeeperStatistics;
  readonly registry: Registry;
  readonly outbox: KvOutbox;
  readonly fills: Fills;
  readonly audiences: BearerAudiences;
  readonly audit: () => Audit;
  readonly feed: Feed;
  readonly apiReload: ApiReload;
  readonly changes: ChangeLog;
  readonly databaseStatus: KeeperPorts["databaseStatus"];
  readonly position: () => Position;
  readonly schemaKnown: () => boolean;
  /** The footprints in force now. */
  readonly footprints: () => FootprintSource;
}

/** What an operator may look at. Asking changes nothing, and writes no row. */
export class Overview {
  readonly #ports: OverviewPorts;

  constructor(ports: OverviewPorts) {
    this.#ports = ports;
  }

  standing(): Standing {
    return { ...this.#ports.databaseStatus(), mode: this.#ports.mode.mode };
  }

  /** The counters and the keeper's state, with the share of reads that the cache answered. */
  stats(): Stats {
    const { statistics, registry, outbox, audiences, feed, apiReload, audit } = this.#ports;
    const { keeperCalls, rowsRead, rowsWritten, workerRequests, ...counters } = statistics.values();
    const { kvReads, kvWrites, originRequests } = counters;
    const { waits, proofAges, pulled, learned } = statistics.durations;
    const { waitsBy } = statistics;
    const { spent, perDay, resetsAt } = outbox.budget;
    const tables = statistics.tables();
    const served = counters.hits + counters.stale;
    const reads = served + counters.misses + counters.bypasses + counters.errors;
    return {
      ...counters,
      ...this.standing(),
      tables,
      ...sumsOf(tables),
      waits: waits.histogram(),
      waitsBy: byAnswer((answeredAs) => waitsBy[answeredAs].histogram()),
      proofAges: proofAges.histogram(),
      lags: { pulled: pulled.histogram(), learned: learned.histogram() },
      sumsMs: {
        waits: waits.sumMs,
        waitsBy: byAnswer((answeredAs) => waitsBy[answeredAs].sumMs),
        proofAges: proofAges.sumMs,
        pulled: pulled.sumMs,
        learned: learned.sumMs,
      },
      operations: { keeperCalls, kvReads, kvWrites, rowsRead, rowsWritten, workerRequests, originRequests },
      kvBudget: { spent, perDay, resetsAt: new Date(resetsAt).toISOString() },
      isolates: statistics.isolates,
      mirrors: statistics.mirrors(),
      audiences: { ...audiences.counted, personalKeys: registry.personalSize },
      keys: registry.size,
      registryBytes: registry.bytes,
      owedKvWrites: outbox.size,
      hitRatio: reads === 0 ? 0 : served / reads,
      since: statistics.since,
      position: this.#ports.position(),
      proven: feed.proven,
      schemaKnown: this.#ports.schemaKnown(),
      byAgeForMs: apiReload.leftMs,
      findings: audit().findings,
    };
  }

  history(span: HistorySpan): History {
    return this.#ports.statistics.history(span);
  }

  recentChanges(): RecentChanges {
    return { changes: this.#ports.changes.newestFirst() };
  }

  entries(request: EntriesRequest): EntriesPage {
    const { registry, clock, fills } = this.#ports;
    return entriesPage(registry.listed(), request, clock.now(), (record) => fills.isInvalidated(record));
  }

  explain(read: CacheableRead, change: Change | null): Explanation {
    const { audiences, registry, footprints, schemaKnown, apiReload } = this.#ports;
    return explanationOf(read, change, {
      audiences,
      registry,
      footprints: footprints(),
      schemaKnown: schemaKnown(),
      byAgeForMs: apiReload.leftMs,
    });
  }
}
