import type { Clock } from "../cache/clock.ts";
import { SteadyClock } from "../cache/steady-clock.ts";
import type { Change } from "../postgrest/change.ts";
import { explain, verdictOn } from "../postgrest/verdict.ts";
import { Audit, type Finding } from "./audit.ts";
import { FORMAT } from "./constants.ts";
import { Fills } from "./fills.ts";
import { type Footprints, NO_SCHEMA } from "./footprints.ts";
import { History } from "./history.ts";
import { Ingest } from "./ingest.ts";
import { Learning } from "./learning.ts";
import type {
  CacheableRead,
  EntriesPage,
  EntriesRequest,
  Explanation,
  FillAnswer,
  FillRequest,
  IngestAnswer,
  KeeperCalls,
  Mode,
  Position,
  Purge,
  PurgeAnswer,
  Report,
  Stats,
  SyncAnswer,
  SyncRequest,
} from "./messages.ts";
import { Meta } from "./meta.ts";
import { migrate } from "./migrations.ts";
import { pageOf, statsOf } from "./overview.ts";
import { OwedPuts } from "./owed-puts.ts";
import type { Alarm, Batch, BodyStore, Feed, FeedHost, Origin, Sql } from "./ports.ts";
import { Registry } from "./registry.ts";
import type { KeeperSettings } from "./settings.ts";
import { Statistics } from "./statistics.ts";

export interface KeeperPorts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly origin: Origin;
  readonly store: BodyStore;
  readonly feed: (host: FeedHost) => Feed;
  readonly footprints: Pick<Footprints, "of" | "concerns" | "version">;
  /** A random text, asked for once in the life of a storage. */
  readonly newIncarnation: () => string;
  /** The audit has found an answer that was wrong. */
  readonly report: (finding: Finding) => void;
  /** Ends this instance; the next call meets a new one. */
  readonly restart: () => void;
}

/**
 * Owns the keys: it alone registers, versions, fills and writes them. Every method that decides does so in one
 * synchronous turn; what is slow comes after, and cannot change the decision. PROTOCOL.md numbers the rules.
 */
export class Keeper implements KeeperCalls {
  readonly #ports: KeeperPorts;
  readonly #feed: Feed;
  readonly #settings: KeeperSettings;
  readonly #meta: Meta;
  readonly #history: History;
  readonly #registry: Registry;
  readonly #owed: OwedPuts;
  readonly #fills: Fills;
  readonly #ingest: Ingest;
  readonly #statistics: Statistics;
  readonly #learning: Learning;
  readonly #audit: Audit;
  readonly #generation: string;

  constructor(given: KeeperPorts, settings: KeeperSettings) {
    // A clock that was set back would make old bodies look recent.
    const clock = new SteadyClock(given.clock, 0);
    clock.onStep = () => {
      this.#fills.forgetBegins();
      this.#feed.forget();
    };
    const ports = { ...given, clock };
    const { sql } = ports;
    migrate(sql);
    this.#ports = ports;
    this.#settings = settings;
    this.#meta = new Meta(sql);
    this.#statistics = new Statistics(this.#meta, clock);
    this.#history = new History(sql, this.#meta);
    this.#learning = new Learning(clock);
    this.#generation = this.#enterGeneration();
    this.#registry = new Registry(sql, this.#history, settings.limits.maxKeys);
    this.#owed = new OwedPuts({
      ...ports,
      meta: this.#meta,
      registry: this.#registry,
      statistics: this.#statistics,
      settings,
      mark: () => this.#history.mark,
    });
    const shared = {
      ...{ history: this.#history, registry: this.#registry, statistics: this.#statistics },
      audit: () => this.#audit,
    };
    this.#fills = new Fills({
      ...{ ...ports, ...shared, settings, owed: this.#owed, generation: this.#generation },
      feed: () => this.#feed,
    });
    this.#ingest = new Ingest({ ...ports, ...shared, fills: this.#fills });
    this.#feed = given.feed({ clock, take: (batch) => this.#takeBatch(batch) });
    this.#audit = new Audit({
      ...{ clock, feed: this.#feed, registry: this.#registry, statistics: this.#statistics },
      everyMs: settings.auditEveryMs,
      schemaKnown: ports.footprints.version !== NO_SCHEMA,
      isStanding: (record) => this.#fills.isStanding(record),
      refresh: (record) => this.#fills.ask(record),
      invalidate: (record) => this.#ingest.invalidate([record], [], () => {}),
      report: ports.report,
    });
  }

  async sync(request: SyncRequest): Promise<SyncAnswer> {
    const { clock } = this.#ports;
    const feed = this.#feed;
    const arrival = clock.now();
    this.#take(request.report);
    if (request.configHash !== this.#settings.configHash) return { kind: "refused", reason: "configuration" };
    const { since, token } = request;
    if (since?.generation === this.#generation && since.mark > this.#history.mark) return this.#retire();
    await feed.reach(arrival - request.maxAge);
    if (token?.generation === this.#generation && this.#history.mark < token.mark) await feed.reach(arrival);
    // From here on one turn: the delta belongs to what the pull has ingested (PROTOCOL, rule 8).
    this.#statistics.add("syncs");
    this.#audit.tick();
    const known = since?.generation === this.#generation ? since.mark : null;
    if (known !== null)
      for (const lag of this.#learning.since(known)) this.#statistics.addLag("learned", lag);
    return {
      kind: "synced",
      position: this.#position(),
      full: known === null,
      ...this.#history.delta(known ?? -1),
      floor: this.#history.floor,
      purgedAt: this.#history.purgedAt,
      age: Math.max(0, arrival - feed.asOf()),
      proven: feed.proven,
      mode: this.#mode(),
    };
  }

  async fill(request: FillRequest): Promise<FillAnswer> {
    return this.#refusal(request) ?? this.#fills.fill(request);
  }

  async ingest(changes: readonly Change[]): Promise<IngestAnswer> {
    const { footprints } = this.#ports;
    const strange = changes.filter((change) => !footprints.concerns(change));
    // Whatever it touches, it is written down: an instance that another has superseded cannot acknowledge it.
    const affected = this.#ingest.changes(changes, () => this.#meta.set("heard", changes.length));
    const unknown = [...new Set(strange.map(({ relation }) => relation))];
    return { affected, position: this.#position(), unknown };
  }

  /** Something may have changed; where changes are pulled, they are looked for now. */
  async nudge(): Promise<void> {
    this.#feed.nudge();
  }

  async invalidate(names: readonly string[]): Promise<Position> {
    if (names.length > 0) this.#history.raise({ keyNames: names });
    this.#statistics.add("invalidations", names.length);
    return this.#position();
  }

  async purge(purge: Purge): Promise<PurgeAnswer> {
    const purged = this.#ingest.purge(purge);
    return { purged, position: this.#position() };
  }

  async explain(read: CacheableRead, change: Change | null): Promise<Explanation> {
    const record = this.#registry.get(read.key);
    const result = record ?? this.#ports.footprints.of(read.asked);
    if ("bypass" in result) return { kind: "bypass", reason: result.bypass };
    const { footprint } = result;
    const window = record && this.#registry.windowOf(record);
    const verdict = change && verdictOn(footprint, change, window);
    return {
      kind: "read",
      relations: footprint.relations,
      caveats: footprint.caveats,
      registered: record !== undefined,
      windowKnown: window !== undefined,
      schemaKnown: this.#ports.footprints.version !== NO_SCHEMA,
      verdict: verdict && { ...verdict, because: explain(footprint, change, window) },
    };
  }

  async entries(request: EntriesRequest): Promise<EntriesPage> {
    const now = this.#ports.clock.now();
    return pageOf(this.#registry.all(), request, now, (record) => this.#fills.isInvalidated(record));
  }

  async stats(report: Report | null): Promise<Stats> {
    this.#take(report);
    return statsOf(this.#statistics.values(), {
      keys: this.#registry.size,
      owedKvWrites: this.#owed.size,
      since: this.#meta.text("stats_since") ?? "",
      mode: this.#mode(),
      position: this.#position(),
      proven: this.#feed.proven,
      schemaKnown: this.#ports.footprints.version !== NO_SCHEMA,
      findings: this.#audit.findings,
      lags: {
        pulled: this.#statistics.lags.pulled.histogram(),
        learned: this.#statistics.lags.learned.histogram(),
      },
    });
  }

  async resetStats(): Promise<Stats> {
    this.#statistics.reset();
    this.#meta.set("stats_since", new Date(this.#ports.clock.now()).toISOString());
    return this.stats(null);
  }

  async setMode(mode: Mode): Promise<Stats> {
    this.#meta.set("mode", mode);
    return this.stats(null);
  }

  /** Work that waited for the alarm. */
  async alarm(): Promise<void> {
    await this.#owed.pump();
  }

  /** What a pull has brought. */
  #takeBatch({ changes, everything, lags, alongside, ends }: Batch): void {
    if (ends) this.#statistics.add("pulls");
    for (const lag of lags) this.#statistics.addLag("pulled", lag);
    const { mark } = this.#history;
    if (everything) this.#ingest.flush(alongside);
    else this.#ingest.changes(changes, alongside);
    // The change that has waited longest stands for all.
    if (this.#history.mark > mark) this.#learning.note(this.#history.mark, Math.max(0, ...lags));
  }

  /** A keeper of another generation, or behind the caller, must not say "still good" (PROTOCOL, rule 5). */
  #refusal({ configHash, at, token }: FillRequest): FillAnswer | null {
    if (configHash !== this.#settings.configHash) return { kind: "refused", reason: "configuration" };
    if (at.generation !== this.#generation) return { kind: "refused", reason: "generation" };
    if (token && token.generation !== this.#generation) return { kind: "refused", reason: "generation" };
    if (this.#history.mark < Math.max(at.mark, token?.mark ?? 0))
      return { kind: "refused", reason: "behind" };
    return null;
  }

  #take(report: Report | null): void {
    if (!report) return;
    this.#statistics.addAll(report.counts);
    const now = this.#ports.clock.now();
    for (const key of report.keysRead) {
      const record = this.#registry.get(key);
      if (!record) continue;
      record.reads++;
      record.readSinceFill = true;
      record.lastReadAt = now;
      this.#fills.offerToKv(record);
    }
  }

  /**
   * Somebody holds a position of ours that we have not reached: this storage was restored from a backup, or another
   * instance has superseded this one. A restored storage needs a new incarnation (PROTOCOL, rule 4); a superseded
   * instance fails to write one, and ends.
   */
  #retire(): SyncAnswer {
    this.#meta.set("incarnation", this.#ports.newIncarnation());
    this.#ports.restart();
    return { kind: "refused", reason: "behind" };
  }

  #position(): Position {
    return { generation: this.#generation, mark: this.#history.mark };
  }

  #mode(): Mode {
    const mode = this.#meta.text("mode");
    return mode === "off" || mode === "shadow" ? mode : "on";
  }

  /**
   * The generation of this storage under this configuration. Another one than last time forgets all keys and
   * raises the floor; marks go on upwards.
   */
  #enterGeneration(): string {
    const { sql, newIncarnation, clock, footprints } = this.#ports;
    const incarnation = this.#meta.text("incarnation") ?? newIncarnation();
    const generation = [incarnation, FORMAT, this.#settings.configHash, footprints.version].join(".");
    if (this.#meta.text("generation") !== generation) {
      this.#history.raise({ everything: true }, () => {
        this.#meta.set("incarnation", incarnation);
        this.#meta.set("generation", generation);
        sql.exec("DELETE FROM keys");
        sql.exec("DELETE FROM owed");
        sql.exec("DELETE FROM shapes");
      });
      if (this.#meta.text("stats_since") === null) {
        this.#meta.set("stats_since", new Date(clock.now()).toISOString());
      }
    }
    return generation;
  }
}
