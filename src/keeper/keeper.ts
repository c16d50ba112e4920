import type { Change } from "../postgrest/row/change.ts";
import { SteadyClock } from "../runtime/steady-clock.ts";
import { BearerAudiences } from "./audiences/audiences.ts";
import { Audit } from "./audit/audit.ts";
import { Clients } from "./budgets/clients.ts";
import { ChangeLog } from "./changes/change-log.ts";
import { Ingest } from "./changes/ingest.ts";
import { Learning } from "./changes/learning.ts";
import { RowIngest } from "./changes/row-ingest.ts";
import { pullNeedOf } from "./changes/sync-pull.ts";
import { Fills } from "./fills/fills.ts";
import { Generation } from "./generation.ts";
import { NO_SCHEMA } from "./keys/footprints.ts";
import { Registry } from "./keys/registry.ts";
import { KvOutbox } from "./kv/kv-outbox.ts";
import { MirrorNudges } from "./mirror-nudges.ts";
import { SiteMode } from "./mode.ts";
import { Overview } from "./overview.ts";
import type { Feed, FootprintSource, KeeperPorts } from "./ports/ports.ts";
import type { KeeperSettings } from "./ports/settings.ts";
import type {
  EntriesPage,
  EntriesRequest,
  Explanation,
  IngestAnswer,
  Purge,
  PurgeAnswer,
} from "./protocol/admin.ts";
import type { AudienceAnswer, AudienceRequest } from "./protocol/audience.ts";
import type { KeeperCalls } from "./protocol/calls.ts";
import type { Standing } from "./protocol/database-status.ts";
import type { CacheableRead } from "./protocol/entry.ts";
import type { FillAnswer, FillRequest } from "./protocol/fill.ts";
import type { History, HistorySpan } from "./protocol/history.ts";
import type { Mode, Position } from "./protocol/position.ts";
import type { RecentChanges } from "./protocol/recent-changes.ts";
import type { Stats, UsageReport } from "./protocol/statistics.ts";
import type { SyncAnswer, SyncRequest } from "./protocol/sync.ts";
import { ApiReload } from "./schema/api-reload.ts";
import { KeeperStatistics } from "./statistics/statistics.ts";
import { Marks } from "./storage/marks.ts";
import { Meta } from "./storage/meta.ts";
import { migrate } from "./storage/migrations.ts";
import { takeUsage } from "./take-usage.ts";

/**
 * Owns the keys: only the keeper registers, versions, fills and writes them. Every method decides in one synchronous
 * turn; slow work comes after, and cannot change the decision. docs/design/protocol.md numbers the rules.
 */
export class Keeper implements KeeperCalls {
  readonly #ports: KeeperPorts;
  readonly #feed: Feed;
  readonly #settings: KeeperSettings;
  readonly #meta: Meta;
  readonly #marks: Marks;
  readonly #mode: SiteMode;
  readonly #registry: Registry;
  readonly #outbox: KvOutbox;
  readonly #fills: Fills;
  readonly #ingest: Ingest;
  readonly #statistics: KeeperStatistics;
  readonly #learning: Learning;
  readonly #audit: Audit;
  readonly #generation: Generation;
  readonly #apiReload: ApiReload;
  readonly #clients: Clients;
  readonly #audiences: BearerAudiences;
  readonly #overview: Overview;
  readonly #mirrors: MirrorNudges;
  #footprints: FootprintSource;

  constructor(given: KeeperPorts, settings: KeeperSettings) {
    // If the clock is set back, old bodies look recent.
    const clock = new SteadyClock(given.clock, 0);
    clock.onStep = () => {
      this.#fills.forgetBegins();
      this.#feed.forget();
    };
    const ports = { ...given, clock };
    this.#ports = ports;
    const { sql, newIncarnation } = ports;
    migrate(sql);
    this.#settings = settings;
    this.#footprints = given.footprints;
    const meta = new Meta(sql);
    const marks = new Marks(sql, meta);
    this.#meta = meta;
    this.#marks = marks;
    this.#mode = new SiteMode(meta, marks);
    this.#clients = new Clients(settings.limits.newKeysPerClientPerMinute);
    this.#statistics = new KeeperStatistics({ sql, meta, clock, tables: settings.tables.keys() });
    const changeLog = new ChangeLog({ clock, keyColumns: (name) => this.#footprints.keyColumns(name) });
    this.#learning = new Learning(clock);
    this.#generation = new Generation({
      ...{ sql, meta, marks, newIncarnation, configHash: settings.configHash },
    });
    this.#generation.enter(given.footprints.version, given.footprints.rows);
    this.#apiReload = new ApiReload({
      ...{ meta, clock, lastsMs: settings.schemaReloadMs },
      ended: (inSameTransaction) => this.#ingest.flush(inSameTransaction),
    });
    const apiReload = this.#apiReload;
    this.#audiences = new BearerAudiences({
      ...{ ...ports, meta, clients: this.#clients, settings: settings.audiences },
      footprints: () => this.#footprints,
      isPulled: () => this.#feed.proven,
      generation: () => this.#generation.current,
      deadlineMs: settings.flightDeadlineMs,
    });
    const signedIn = settings.audiences.roles.length > 0;
    this.#registry = new Registry({ sql, meta, marks, limits: settings.limits, apiReload, signedIn });
    this.#statistics.add("evictions", this.#registry.dropped);
    this.#outbox = new KvOutbox({
      ...{ ...ports, meta, settings, registry: this.#registry, statistics: this.#statistics },
      mark: () => marks.mark,
      storable: (record) => this.#fills.storable(record),
    });
    const shared = {
      ...{ marks, registry: this.#registry, statistics: this.#statistics },
      footprints: () => this.#footprints,
      position: () => this.#position(),
      audit: () => this.#audit,
    };
    this.#fills = new Fills({
      ...{ ...ports, ...shared, settings, outbox: this.#outbox, clients: this.#clients },
      audiences: this.#audiences,
      feed: () => this.#feed,
    });
    this.#ingest = new Ingest({
      ...{ ...ports, ...shared, fills: this.#fills, learning: this.#learning, changeLog },
      rows: new RowIngest({ marks, clock, map: () => this.#footprints.rows }),
      forgetReaders: () => this.#audiences.forget(),
    });
    this.#feed = given.feed({
      clock,
      take: (batch) => this.#ingest.take(batch),
      apiMayReload: () => apiReload.begin(),
    });
    const schemaKnown = () => this.#footprints.version !== NO_SCHEMA;
    this.#audit = new Audit({
      ...{ clock, feed: this.#feed, registry: this.#registry, statistics: this.#statistics },
      everyMs: settings.auditEveryMs,
      schemaKnown,
      isIdleAndValid: (record) => this.#fills.isIdleAndValid(record),
      refresh: (record) => this.#fills.ask(record),
      invalidate: (records) => this.#ingest.foundWrong(records),
      report: ports.report,
    });
    this.#overview = new Overview({
      ...{ ...shared, clock, mode: this.#mode, outbox: this.#outbox },
      ...{ fills: this.#fills, audiences: this.#audiences, feed: this.#feed, apiReload },
      ...{ changes: changeLog, databaseStatus: ports.databaseStatus },
      schemaKnown,
    });
    this.#mirrors = new MirrorNudges({ ...shared, clock, nudge: given.nudgeMirror, tables: settings.tables });
    apiReload.resume();
  }

  /**
   * Takes over a new description of the database. In one turn all keys are forgotten and the floor is raised above
   * every answer given out, so that readers notice no more than a miss. Until the API must have read the new schema as
   * well, nothing counts by changes; that holds even for a description that says the same in another version.
   */
  adopt(footprints: FootprintSource): void {
    this.#apiReload.begin();
    if (footprints.version === this.#footprints.version) {
      // Answers given between two changes that undo each other may be some reader's alone (S8), and what happened to rows
      // between them may not have been told (R6).
      const mayDiffer = this.#audiences.areOn && !this.#apiReload.isPending;
      if (mayDiffer || footprints.rows) this.#ingest.flush(() => {});
      return;
    }
    this.#audiences.clear();
    this.#generation.enter(footprints.version, footprints.rows);
    this.#footprints = footprints;
    this.#registry.clear();
    this.#fills.forgetAll();
  }

  /** Counts a call, or an alarm: each is billed. */
  called(): void {
    this.#statistics.called();
  }

  async sync(request: SyncRequest): Promise<SyncAnswer> {
    const arrival = this.#ports.clock.now();
    this.#takeUsage(request.report);
    if (request.configHash !== this.#settings.configHash) return { kind: "refused", reason: "configuration" };
    const [feed, { since, mirror }] = [this.#feed, request];
    if (since?.generation === this.#generation.current && since.mark > this.#marks.mark) {
      this.#generation.leave();
      this.#ports.restart();
      return { kind: "refused", reason: "behind" };
    }
    const { need, isRefused } = pullNeedOf(request, this.#position(), {
      ...{ feed, clients: this.#clients, now: arrival },
    });
    const hasPulled = !isRefused && (await feed.reach(need));
    // One turn from here on: the delta must match what the pull has ingested (P8).
    this.#statistics.add("syncs");
    this.#audit.tick();
    const known = since?.generation === this.#generation.current ? since.mark : null;
    if (known !== null)
      for (const lag of this.#learning.since(known)) this.#statistics.addLag("learned", lag);
    if (mirror !== undefined) this.#mirrors.synced(mirror);
    return {
      kind: "synced",
      position: this.#position(),
      full: known === null,
      ...this.#marks.delta(known ?? -1),
      floor: this.#marks.floor,
      purgedAt: this.#marks.purgedAt,
      age: Math.max(0, arrival - feed.asOf()),
      proven: feed.proven,
      mode: this.#mode.mode,
      modeSetAt: this.#mode.setAt,
      pull: isRefused ? "refused" : hasPulled ? "made" : "none",
    };
  }

  async fill(request: FillRequest): Promise<FillAnswer> {
    return this.#fills.fill(request);
  }

  async audience(request: AudienceRequest): Promise<AudienceAnswer> {
    if (request.configHash !== this.#settings.configHash) return { kind: "refused", reason: "configuration" };
    return this.#audiences.of(request);
  }

  async ingest(changes: readonly Change[]): Promise<IngestAnswer> {
    const strange = changes.filter((change) => !this.#footprints.concerns(change));
    // It is written down even if it affects no key, so that a superseded instance cannot acknowledge it.
    const affected = this.#ingest.changes(changes, () => this.#meta.set("heard", changes.length));
    const unknown = [...new Set(strange.map(({ relation }) => relation))];
    return { affected, position: this.#position(), unknown };
  }

  async nudge(): Promise<void> {
    this.#feed.nudge();
  }

  async invalidate(names: readonly string[]): Promise<Position> {
    if (names.length > 0) this.#marks.raise({ keyNames: names });
    this.#statistics.add("invalidations", names.length);
    return this.#position();
  }

  async purge(purge: Purge): Promise<PurgeAnswer> {
    const answer = { purged: this.#ingest.purge(purge), position: this.#position() };
    return this.#feed.alone().then(() => answer);
  }

  async explain(read: CacheableRead, change: Change | null): Promise<Explanation> {
    return this.#overview.explain(read, change);
  }

  async entries(request: EntriesRequest): Promise<EntriesPage> {
    return this.#overview.entries(request);
  }

  async history(span: HistorySpan): Promise<History> {
    return this.#overview.history(span);
  }

  async recentChanges(): Promise<RecentChanges> {
    return this.#overview.recentChanges();
  }

  async standing(): Promise<Standing> {
    return this.#overview.standing();
  }

  async stats(report: UsageReport | null): Promise<Stats> {
    this.#takeUsage(report);
    return this.#overview.stats();
  }

  async resetStats(): Promise<Stats> {
    this.#statistics.reset();
    return this.#overview.stats();
  }

  async setMode(mode: Mode): Promise<Stats> {
    this.#mode.set(mode);
    return this.#feed.alone().then(() => this.stats(null));
  }

  async alarm(): Promise<void> {
    await this.#outbox.pump();
  }

  #takeUsage(report: UsageReport | null): void {
    const [statistics, registry, outbox] = [this.#statistics, this.#registry, this.#outbox];
    takeUsage(report, this.#ports.clock.now(), { statistics, registry, outbox });
  }

  #position(): Position {
    return { generation: this.#generation.current, mark: this.#marks.mark };
  }
}
