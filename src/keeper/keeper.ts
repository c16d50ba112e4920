import type { Clock } from "../cache/clock.ts";
import { MemoryTier } from "../cache/memory-tier.ts";
import { SteadyClock } from "../cache/steady-clock.ts";
import type { Change } from "../postgrest/change.ts";
import { explain, verdictOn } from "../postgrest/verdict.ts";
import { Audit, type Finding } from "./audit.ts";
import { FORMAT, KEYS_RAISED_ONE_BY_ONE, ORIGIN_CONCURRENCY } from "./constants.ts";
import { type Flight, type FlightEnd, Flights } from "./flights.ts";
import { type Footprints, NO_SCHEMA } from "./footprints.ts";
import { History } from "./history.ts";
import { Learning } from "./learning.ts";
import { Limiter } from "./limiter.ts";
import type {
  CacheableRead,
  EntriesPage,
  EntriesRequest,
  Entry,
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
import { keyName, relationName } from "./names.ts";
import { NewKeyBudget } from "./new-key-budget.ts";
import { pageOf, statsOf } from "./overview.ts";
import { OwedPuts } from "./owed-puts.ts";
import type { Alarm, Batch, BodyStore, Feed, FeedHost, Origin, Sql } from "./ports.ts";
import { Refills } from "./refills.ts";
import { type KeyRecord, Registry } from "./registry.ts";
import type { KeeperSettings } from "./settings.ts";
import { Statistics } from "./statistics.ts";
import { windowShown } from "./window-shown.ts";

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

type Direct = Extract<FillAnswer, { kind: "direct" }>;

/** A recent body, and when its fill began: known only to the instance that filled it (PROTOCOL, rule 3). */
interface RecentBody {
  readonly entry: Entry;
  readonly begin: number;
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
  readonly #flights: Flights;
  readonly #owed: OwedPuts;
  readonly #refills: Refills;
  readonly #statistics: Statistics;
  readonly #bodies: MemoryTier<RecentBody>;
  readonly #newKeys: NewKeyBudget;
  readonly #learning: Learning;
  readonly #audit: Audit;
  readonly #generation: string;
  /** Fills that began earlier prove nothing by their begin: the clock was set back since. */
  #beginsFrom = Number.NEGATIVE_INFINITY;

  constructor(given: KeeperPorts, settings: KeeperSettings) {
    // A clock that was set back would make old bodies look recent.
    const clock = new SteadyClock(given.clock, 0);
    clock.onStep = () => {
      this.#beginsFrom = clock.now();
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
    this.#newKeys = new NewKeyBudget(settings.limits.newKeysPerClientPerMinute);
    this.#bodies = new MemoryTier({
      maxBytes: settings.limits.keeperMemoryBytes,
      maxEntries: settings.limits.maxKeys,
    });
    this.#flights = new Flights({
      clock,
      origin: ports.origin,
      limiter: new Limiter(ORIGIN_CONCURRENCY),
      history: this.#history,
      generation: this.#generation,
      deadlineMs: settings.flightDeadlineMs,
      began: (record) => this.#registry.dropWindow(record),
      landed: (flight, end) => this.#landed(flight, end),
    });
    this.#owed = new OwedPuts({
      ...ports,
      meta: this.#meta,
      registry: this.#registry,
      statistics: this.#statistics,
      settings,
      mark: () => this.#history.mark,
    });
    this.#refills = new Refills({
      clock,
      perMinute: settings.limits.refillsPerMinute,
      freshnessMs: (record) => settings.tables.get(record.relation)?.freshnessMs ?? 0,
      refill: (record) => this.#refill(record),
    });
    this.#feed = given.feed({ clock, take: (batch) => this.#takeBatch(batch) });
    this.#audit = new Audit({
      ...{ clock, feed: this.#feed, registry: this.#registry, statistics: this.#statistics },
      everyMs: settings.auditEveryMs,
      schemaKnown: ports.footprints.version !== NO_SCHEMA,
      isStanding: (record) => !this.#isInvalidated(record) && !this.#flights.has(record.key),
      refresh: (record) => this.#ask(record),
      invalidate: (record) => this.#invalidate([record], [], () => {}),
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
    const arrival = this.#ports.clock.now();
    const refusal = this.#refusal(request);
    if (refusal) return refusal;
    const record = this.#registry.get(request.read.key);
    if (record) {
      record.lastReadAt = arrival;
      record.reads++;
      record.readSinceFill = true;
      const kept = this.#kept(request, record, arrival);
      if (kept) return kept;
    }
    return this.#fly(request, record, arrival);
  }

  async ingest(changes: readonly Change[]): Promise<IngestAnswer> {
    const { footprints } = this.#ports;
    const strange = changes.filter((change) => !footprints.concerns(change));
    const affected = this.#ingest(changes, () => {});
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
    const records = [...this.#registry.all()].filter((record) => matches(purge, record));
    this.#history.raise({
      purge: true,
      everything: "all" in purge,
      names: "table" in purge ? [relationName(purge.table)] : [],
      keyNames: "prefix" in purge || "keys" in purge ? records.map((record) => keyName(record.key)) : [],
    });
    this.#drop(records);
    return { purged: records.length, position: this.#position() };
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
    return pageOf(this.#registry.all(), request, now, (record) => this.#isInvalidated(record));
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
    if (everything) this.#flush(alongside);
    else this.#ingest(changes, alongside);
    // The change that has waited longest stands for all.
    if (this.#history.mark > mark) this.#learning.note(this.#history.mark, Math.max(0, ...lags));
  }

  /** Ingests in one turn and one transaction (rule 8). Answers how many keys were touched. */
  #ingest(changes: readonly Change[], alongside: () => void): number {
    const known = changes.filter((change) => this.#ports.footprints.concerns(change));
    this.#audit.heard(known.map(({ relation }) => relation));
    const affected = this.#registry.affected(known);
    const flushed = [...new Set(known.filter(({ kind }) => kind === "flush").map((c) => c.relation))];
    if (affected.size > 0 || flushed.length > 0) this.#invalidate([...affected], flushed, alongside);
    else this.#ports.sql.transaction(alongside);
    this.#statistics.add("changes", changes.length);
    return affected.size;
  }

  /** Nothing that was known before counts, but keys and generation stay. */
  #flush(alongside: () => void): void {
    this.#history.raise({ everything: true }, alongside);
    this.#flights.invalidateAll();
    this.#registry.dropWindows();
    this.#statistics.add("flushes");
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

  /** An answer without the origin: the caller's own entry, or a recent body. */
  #kept({ have, token, maxAge }: FillRequest, record: KeyRecord, arrival: number): FillAnswer | null {
    const last = this.#registry.lastInvalidation(record);
    if (have?.generation === this.#generation && have.mark >= last) {
      this.#statistics.add("stillGood");
      return { kind: "good", position: this.#position() };
    }
    const body = this.#bodies.get(record.key);
    const ttlMs = this.#settings.tables.get(record.relation)?.ttlMs ?? 0;
    if (!body || arrival - body.begin >= ttlMs) return null;
    const { entry } = body;
    if (entry.mark >= last) {
      this.#offerToKv(record);
      const current = { ...entry, mark: this.#history.mark };
      return { kind: "entry", entry: current, source: "stored", age: null, accepted: true };
    }
    // Its fill began within the caller's bound: that satisfies whatever changed since (PROTOCOL, rule 12). Time
    // stands still between I/O, so what began at that very moment may have begun before a change of that moment.
    // Not after a purge, though: what began before it no longer serves (rule 11).
    if (
      body.begin > Math.max(arrival - maxAge, this.#beginsFrom) &&
      entry.mark >= Math.max(token?.mark ?? 0, this.#history.purgedAt)
    ) {
      const age = Math.max(0, arrival - body.begin);
      return { kind: "entry", entry, source: "stored", age, accepted: false };
    }
    return null;
  }

  /** Joins the flight under way, or its successor, or starts one. Registers before the first await (rule 7). */
  async #fly(request: FillRequest, known: KeyRecord | undefined, arrival: number): Promise<FillAnswer> {
    const { read, token, maxAge, priority } = request;
    const flight = this.#flights.get(read.key);
    if (!flight) {
      const record = known ?? this.#register(request, arrival);
      if ("kind" in record) return record;
      return answerOf(await this.#flights.start(record, read, priority).ended, "flight", 0, true);
    }
    const { watched } = flight.record;
    this.#flights.hasten(flight, priority);
    if (!flight.invalidated) {
      // What is not watched may have moved since, though no change has come.
      const provenFrom = watched ? Math.max(flight.begin, this.#feed.asOf()) : flight.begin;
      return answerOf(await flight.ended, "joined", Math.max(0, arrival - provenFrom), watched);
    }
    const least = Math.max(token?.mark ?? 0, this.#history.purgedAt);
    if (flight.begin > Math.max(arrival - maxAge, this.#beginsFrom) && flight.mark >= least) {
      return answerOf(await flight.ended, "joined", Math.max(0, arrival - flight.begin), false);
    }
    return answerOf(await this.#flights.successorOf(flight, read, priority).ended, "joined", 0, true);
  }

  /** Over budget also when the registry is full of keys in flight. */
  #register({ read, client }: FillRequest, now: number): KeyRecord | Direct {
    const result = this.#ports.footprints.of(read.asked);
    if ("bypass" in result) return { kind: "direct", reason: result.bypass };
    if (!this.#newKeys.take(client, now)) return { kind: "direct", reason: "budget" };
    const before = this.#registry.size;
    const record = this.#registry.register(read, result.footprint, now, (key) => this.#flights.has(key));
    if (record) record.reads = 1;
    const evicted = before + (record ? 1 : 0) - this.#registry.size;
    if (evicted > 0) this.#statistics.add("evictions", evicted);
    return record ?? { kind: "direct", reason: "budget" };
  }

  #landed(flight: Flight, end: FlightEnd): void {
    const { record } = flight;
    if (Number.isFinite(flight.begin)) this.#statistics.add("originRequests");
    record.fills++;
    if (end.kind !== "entry") return;
    this.#statistics.add("fills");
    record.status = end.entry.status;
    record.bytes = end.entry.body.byteLength;
    const before = this.#bodies.get(record.key)?.entry;
    const stood = before && record.watched && before.mark >= this.#registry.lastInvalidation(record);
    this.#bodies.set(record.key, end, end.entry.body.byteLength + record.key.length);
    if (!flight.invalidated) this.#show(record, end.entry);
    if (stood && !flight.invalidated) this.#audit.compare(record, before, end.entry);
    this.#offerToKv(record);
  }

  /**
   * Notes what the entry shows, so that changes beyond it leave it alone. Not when another answer of the key may
   * still count somewhere, which without a total order can show other rows of the same state.
   */
  #show(record: KeyRecord, entry: Entry): void {
    const { answered } = record;
    const standing = answered !== null && answered.mark >= this.#registry.lastInvalidation(record);
    const isOnly = !standing || answered.etag === entry.etag;
    record.answered = { mark: entry.mark, etag: isOnly ? entry.etag : "" };
    const window = isOnly && this.#registry.get(record.key) === record && windowShown(record, entry);
    if (window) this.#registry.setWindow(record, window);
  }

  /** A key asked for twice is worth a write to KV: once per fill. */
  #offerToKv(record: KeyRecord): void {
    const entry = this.#bodies.get(record.key)?.entry;
    if (!entry || record.reads < 2 || entry.filledAt === record.offeredFill) return;
    if (entry.mark < this.#registry.lastInvalidation(record)) return;
    record.offeredFill = entry.filledAt;
    try {
      this.#owed.owe(record, entry);
    } catch {
      // A storage that cannot take it costs KV a copy, and no reader an answer.
      this.#statistics.add("kvWriteFailures");
    }
  }

  #refill(record: KeyRecord): void {
    if (this.#registry.get(record.key) !== record || this.#flights.has(record.key)) return;
    if (this.#isInvalidated(record)) this.#ask(record);
  }

  #ask(record: KeyRecord): void {
    const read = this.#registry.readOf(record);
    if (read) this.#flights.start(record, read, "refresh");
  }

  /** One turn and one transaction; then what can wait is scheduled. */
  #invalidate(records: readonly KeyRecord[], flushed: readonly string[], alongside: () => void): void {
    const names = new Set(flushed.map(relationName));
    const keyNames: string[] = [];
    if (records.length <= KEYS_RAISED_ONE_BY_ONE) {
      keyNames.push(...records.map((record) => keyName(record.key)));
    } else {
      // Many at once: their tables' names say it in a row each, at the price of refusing neighbours too.
      for (const record of records) names.add(relationName(record.relation));
    }
    const mark = this.#history.raise({ keyNames, names: [...names] }, alongside);
    this.#statistics.add("invalidations", records.length);
    for (const record of records) {
      record.lastInvalidation = mark;
      this.#registry.dropWindow(record);
      this.#flights.invalidate(record);
      this.#refills.schedule(record);
    }
  }

  /** A purged key is not refilled ahead, and no proof or recent body of it is used any more. */
  #drop(records: readonly KeyRecord[]): void {
    for (const record of records) {
      record.lastInvalidation = this.#history.mark;
      this.#registry.dropWindow(record);
      this.#flights.invalidate(record);
      this.#bodies.delete(record.key);
    }
    this.#statistics.add("invalidations", records.length);
  }

  #isInvalidated(record: KeyRecord): boolean {
    const body = this.#bodies.get(record.key);
    return !body || body.entry.mark < this.#registry.lastInvalidation(record);
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
      this.#offerToKv(record);
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

function matches(purge: Purge, record: KeyRecord): boolean {
  if ("all" in purge) return true;
  if ("table" in purge) return record.relationNames.includes(relationName(purge.table));
  if ("prefix" in purge) return record.path.startsWith(purge.prefix);
  return purge.keys.includes(record.key);
}

function answerOf(end: FlightEnd, source: "flight" | "joined", age: number, accepted: boolean): FillAnswer {
  switch (end.kind) {
    case "entry":
      return { kind: "entry", entry: end.entry, source, age, accepted };
    case "relay":
      return { ...end, age };
    default:
      return end;
  }
}
