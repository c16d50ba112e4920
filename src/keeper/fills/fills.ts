import { jsonBytes } from "../../postgrest/row/bytes.ts";
import type { Clock } from "../../runtime/clock.ts";
import { Lru } from "../../runtime/lru.ts";
import type { Audit } from "../audit/audit.ts";
import type { Clients } from "../budgets/clients.ts";
import { Limiter } from "../budgets/limiter.ts";
import { ownerOf } from "../budgets/networks.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import type { Registry } from "../keys/registry.ts";
import { windowShown } from "../keys/window-shown.ts";
import type { OwedPuts } from "../kv/kv-outbox.ts";
import type { Feed, KeeperPorts } from "../ports/ports.ts";
import type { KeeperSettings } from "../ports/settings.ts";
import { KV_FROM_LEVEL, KV_REFUSED_RETRY_MS, ORIGIN_CONCURRENCY } from "../protocol/constants.ts";
import type { Entry } from "../protocol/entry.ts";
import type { FillAnswer, FillRequest } from "../protocol/fill.ts";
import type { Position } from "../protocol/position.ts";
import type { Statistics } from "../statistics/statistics.ts";
import type { History } from "../storage/marks.ts";
import { answerOf, type Direct, type FlightEnd, OVER_BUDGET } from "./fill-answer.ts";
import { type Flight, Flights } from "./flights.ts";
import { Refills } from "./refills.ts";

/** Measured on V8, and rounded up: what a recent body takes beside its bytes and headers. Its key is the registry's. */
const ENTRY_BYTES = 800;

const REFRESH = { priority: "refresh", client: "" } as const;

/** A recent body, and when its fill began: known only to the instance that filled it (P3). */
interface RecentBody {
  readonly entry: Entry;
  readonly begin: number;
}

interface FillsPorts extends Pick<KeeperPorts, "origin"> {
  readonly clock: Clock;
  readonly settings: KeeperSettings;
  readonly history: History;
  readonly registry: Registry;
  readonly statistics: Statistics;
  readonly owed: OwedPuts;
  readonly clients: Clients;
  /** Those of now. */
  readonly footprints: () => KeeperPorts["footprints"];
  /** The keeper's position at this turn. */
  readonly position: () => Position;
  /** Of the keeper that is being made: they need each other. */
  readonly feed: () => Feed;
  readonly audit: () => Audit;
}

/**
 * Answers for keys: the caller's own entry, a recent body, or one flight to the origin for all who ask. Decides in
 * the turn of the call; registers before the origin is asked (P7).
 */
export class Fills {
  readonly #ports: FillsPorts;
  readonly #registry: Registry;
  readonly #history: History;
  readonly #statistics: Statistics;
  readonly #flights: Flights;
  readonly #refills: Refills;
  #bodies: Lru<RecentBody>;
  readonly #limiter = new Limiter(ORIGIN_CONCURRENCY);
  /** Fills that began earlier prove nothing by their begin: the clock was set back since. */
  #beginsFrom = Number.NEGATIVE_INFINITY;

  constructor(ports: FillsPorts) {
    const { clock, settings, history, registry, position } = ports;
    this.#ports = ports;
    this.#registry = registry;
    this.#history = history;
    this.#statistics = ports.statistics;
    this.#bodies = this.#noBodies();
    this.#flights = new Flights({
      ...{ clock, registry, position, origin: ports.origin },
      limiter: this.#limiter,
      deadlineMs: settings.flightDeadlineMs,
      began: (record) => registry.dropWindow(record),
      landed: (flight, end) => this.#landed(flight, end),
    });
    this.#refills = new Refills({
      clock,
      perMinute: settings.limits.refillsPerMinute,
      freshnessMs: (record) => settings.tables.get(record.relation)?.freshnessMs ?? 0,
      refill: (record) => this.#refill(record),
      numbered: (id) => registry.numbered(id),
    });
  }

  /** The clock was set back. */
  forgetBegins(): void {
    this.#beginsFrom = this.#ports.clock.now();
  }

  /** Of a caller of this generation, whose position the keeper has reached. */
  async fill(request: FillRequest): Promise<FillAnswer> {
    const arrival = this.#ports.clock.now();
    const record = this.#registry.get(request.read.key);
    if (record) {
      record.lastReadAt = arrival;
      record.reads++;
      record.readSinceFill = true;
      record.demand.asked(request.client, arrival);
      const kept = this.#kept(request, record, arrival);
      if (kept) return kept;
    }
    return this.#fly(request, record, arrival);
  }

  /** A change has touched the key: what is under way no longer tells of now, and readers will want it anew. */
  invalidated(record: KeyRecord): void {
    this.#flights.invalidate(record);
    this.#refills.schedule(record);
  }

  invalidatedAll(): void {
    this.#flights.invalidateAll();
  }

  /** All keys are of another generation: what is under way is only for those who wait for it. */
  forgetAll(): void {
    this.#flights.invalidateAll();
    this.#bodies = this.#noBodies();
  }

  /** A purged key is not refilled ahead, and no proof or recent body of it is used any more. */
  drop(record: KeyRecord): void {
    this.#flights.invalidate(record);
    this.#bodies.delete(record.key);
  }

  /** Whether an answer of the key may still count somewhere, or one is on its way that would. */
  mayCount(record: KeyRecord): boolean {
    if (this.#flights.has(record.key)) return true;
    return this.#counts(record);
  }

  /** Whether an entry of the key stands, and nobody asks for it right now. */
  isStanding(record: KeyRecord): boolean {
    return !this.isInvalidated(record) && !this.#flights.has(record.key);
  }

  isInvalidated(record: KeyRecord): boolean {
    return this.standing(record) === undefined;
  }

  /** Asks the origin, whatever stands. The key must have no flight. */
  ask(record: KeyRecord): void {
    const read = this.#registry.readOf(record);
    if (read) this.#flights.start(record, read, REFRESH);
  }

  /** The recent body of the key, while it stands. */
  standing(record: KeyRecord): Entry | undefined {
    const entry = this.#bodies.get(record.key)?.entry;
    return entry && entry.mark >= this.#registry.lastInvalidation(record) ? entry : undefined;
  }

  /** A key that several clients want, or one for some time, is worth a write to KV: once per fill. */
  offerToKv(record: KeyRecord): void {
    const { level } = record.demand;
    if (level < KV_FROM_LEVEL) return;
    const entry = this.standing(record);
    if (!entry || entry.filledAt === record.offeredFill) return;
    const { filledAt } = entry;
    const now = this.#ports.clock.now();
    const { refusedFill: refused } = record;
    if (refused?.filledAt === filledAt && level <= refused.level && now < refused.until) return;
    record.offeredFill = filledAt;
    try {
      if (this.#ports.owed.owe(record, entry)) return;
      record.offeredFill = null;
      record.refusedFill = { filledAt, level, until: now + KV_REFUSED_RETRY_MS };
    } catch {
      // A storage that cannot take it costs KV a copy, and no reader an answer.
      this.#statistics.add("kvWriteFailures");
    }
  }

  /** An answer without the origin: the caller's own entry, or a recent body. */
  #kept({ have, token, maxAge }: FillRequest, record: KeyRecord, arrival: number): FillAnswer | null {
    const last = this.#registry.lastInvalidation(record);
    const position = this.#ports.position();
    if (have?.generation === position.generation && have.mark >= last) {
      this.#statistics.add("stillGood");
      return { kind: "good", position };
    }
    const body = this.#bodies.get(record.key);
    const ttlMs = this.#ports.settings.tables.get(record.relation)?.ttlMs ?? 0;
    if (!body || arrival - body.begin >= ttlMs) return null;
    const { entry } = body;
    if (entry.mark >= last) {
      this.offerToKv(record);
      const current = { ...entry, ...position };
      return { kind: "entry", entry: current, source: "stored", age: null, accepted: true };
    }
    // Its fill began within the caller's bound: that satisfies whatever changed since (P12). Time
    // stands still between I/O, so what began at that very moment may have begun before a change of that moment.
    // Not after a purge, though: what began before it no longer serves (P11).
    if (
      body.begin > Math.max(arrival - maxAge, this.#beginsFrom) &&
      entry.mark >= Math.max(token?.mark ?? 0, this.#history.purgedAt)
    ) {
      const age = Math.max(0, arrival - body.begin);
      return { kind: "entry", entry, source: "stored", age, accepted: false };
    }
    return null;
  }

  /** Joins the flight under way, or its successor, or starts one. Registers before the first await (P7). */
  async #fly(request: FillRequest, known: KeyRecord | undefined, arrival: number): Promise<FillAnswer> {
    const { read, token, maxAge } = request;
    const flight = this.#flights.get(read.key);
    if (!flight && !this.#mayFly(request, arrival)) return OVER_BUDGET;
    const record = known ?? this.#register(request, arrival);
    if ("kind" in record) return record;
    if (!flight) {
      this.#noteFlight(request, arrival);
      return answerOf(await this.#flights.start(record, read, request).ended, "flight", 0, true);
    }
    this.#flights.hasten(flight, request);
    if (!flight.invalidated) {
      // What nobody tells of may have moved since, though no change has come.
      const isTold = this.#registry.isTold(flight.record);
      const provenFrom = isTold ? Math.max(flight.begin, this.#ports.feed().asOf()) : flight.begin;
      return answerOf(await flight.ended, "joined", Math.max(0, arrival - provenFrom), isTold);
    }
    const least = Math.max(token?.mark ?? 0, this.#history.purgedAt);
    if (flight.begin > Math.max(arrival - maxAge, this.#beginsFrom) && flight.position.mark >= least) {
      return answerOf(await flight.ended, "joined", Math.max(0, arrival - flight.begin), false);
    }
    if (flight.successor === null) {
      if (!this.#mayFly(request, arrival)) return OVER_BUDGET;
      this.#noteFlight(request, arrival);
    }
    const successor = this.#flights.successorOf(flight, record, read, request);
    return answerOf(await successor.ended, "joined", 0, true);
  }

  /** Whether the client has a place, or a turn to wait for, and not too many failures behind it. */
  #mayFly({ priority, client }: FillRequest, now: number): boolean {
    if (priority === "refresh") return true;
    const owner = ownerOf(client);
    const flying = this.#limiter.holds(owner) + this.#limiter.waits(owner);
    return this.#limiter.mayWait(owner) && this.#ports.clients.mayFly(client, flying, now);
  }

  #noteFlight({ pulled, client }: FillRequest, now: number): void {
    if (pulled && this.#ports.feed().proven) this.#ports.clients.flewAfterPull(client, now);
  }

  /** Over budget also when the registry is full of keys in flight. */
  #register({ read, client }: FillRequest, now: number): KeyRecord | Direct {
    const result = this.#ports.footprints().of(read.asked);
    if ("bypass" in result) return { kind: "direct", reason: result.bypass };
    if (!this.#ports.clients.mayRegister(client, now)) return OVER_BUDGET;
    const before = this.#registry.size;
    const record = this.#registry.register(read, result.footprint, now, (key) => this.#flights.has(key));
    const isNew = typeof record !== "string";
    if (isNew) {
      record.reads = 1;
      record.demand.asked(client, now);
    }
    const evicted = before + (isNew ? 1 : 0) - this.#registry.size;
    if (evicted > 0) this.#statistics.add("evictions", evicted);
    return isNew ? record : { kind: "direct", reason: record };
  }

  #landed(flight: Flight, end: FlightEnd): void {
    const { record } = flight;
    if (Number.isFinite(flight.begin)) {
      this.#statistics.add("originRequests");
      if (flight.client !== null)
        this.#ports.clients.landed(flight.client, end, { begin: flight.begin, now: this.#ports.clock.now() });
    }
    record.fills++;
    // Of a key that was forgotten meanwhile: it is for those who wait.
    if (!this.#registry.holds(record)) return;
    if (end.kind !== "entry") {
      // Nobody has an answer of it, and nobody is about to ask: it is not worth its memory. What the database refuses
      // is asked for again and again, by an application that is wrong: to register it anew each time would cost more.
      const isRefusal = end.kind === "relay" && end.response.status < 500;
      if (record.answered === null && !flight.successor && !isRefusal) this.#registry.forget(record);
      return;
    }
    // First of all: whatever fails below, this answer is given out, and a change must know that it was.
    const isOnly = !flight.invalidated && this.#answered(record, end.entry);
    this.#statistics.add("fills");
    record.status = end.entry.status;
    record.bytes = end.entry.body.byteLength;
    const before = record.watched ? this.standing(record) : undefined;
    this.#bodies.set(record.key, end, end.entry.body.byteLength + ENTRY_BYTES + jsonBytes(end.entry.headers));
    if (isOnly) this.#show(record, end.entry);
    if (before && !flight.invalidated) this.#ports.audit().compare(record, before, end.entry);
    this.offerToKv(record);
  }

  /** Whether an answer was given out since the key was last invalidated. */
  #counts(record: KeyRecord): boolean {
    const { answered } = record;
    return answered !== null && answered.mark >= this.#registry.lastInvalidation(record);
  }

  /** Notes what is given out; answers whether it is the only answer of the key that may still count somewhere. */
  #answered(record: KeyRecord, entry: Entry): boolean {
    const isOnly = !this.#counts(record) || record.answered?.etag === entry.etag;
    record.answered = { mark: entry.mark, etag: isOnly ? entry.etag : "" };
    return isOnly;
  }

  /**
   * Notes what the entry shows, so that changes beyond it leave it alone. Not when another answer may still count,
   * which without a total order can show other rows of the same state.
   */
  #show(record: KeyRecord, entry: Entry): void {
    const window = windowShown(record, entry);
    if (window) this.#registry.setWindow(record, window);
  }

  #noBodies(): Lru<RecentBody> {
    const { keeperMemoryBytes: maxBytes, maxKeys: maxEntries } = this.#ports.settings.limits;
    return new Lru({ maxBytes, maxEntries });
  }

  #refill(record: KeyRecord): void {
    if (!this.#registry.holds(record) || this.#flights.has(record.key)) return;
    if (this.isInvalidated(record)) this.ask(record);
  }
}
