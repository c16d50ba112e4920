import type { Clock } from "../../runtime/clock.ts";
import type { Audit } from "../audit/audit.ts";
import { Limiter } from "../budgets/limiter.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import { noteRead } from "../keys/key-record.ts";
import type { Registry } from "../keys/registry.ts";
import { windowShown } from "../keys/window-shown.ts";
import type { KvOutbox } from "../kv/kv-outbox.ts";
import type { Feed, Origin } from "../ports/ports.ts";
import type { KeeperSettings } from "../ports/settings.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import type { FillAnswer, FillRequest } from "../protocol/fill.ts";
import type { Position } from "../protocol/position.ts";
import type { KeeperStatistics } from "../statistics/statistics.ts";
import type { Marks } from "../storage/marks.ts";
import { Admission, type AdmissionPorts } from "./admission.ts";
import { answerOf, type FlightEnd, OVER_BUDGET } from "./fill-answer.ts";
import { type OriginFlight, OriginFlights } from "./origin-flights.ts";
import { RecentBodies } from "./recent-bodies.ts";
import { Refills } from "./refills.ts";

/** Origin requests under way at once. Refreshes take at most half, so that a miss finds a place. */
export const ORIGIN_CONCURRENCY = 64;

const REFRESH = { priority: "refresh", client: "" } as const;

interface FillsPorts extends AdmissionPorts {
  readonly clock: Clock;
  readonly origin: Origin;
  readonly settings: KeeperSettings;
  readonly marks: Marks;
  readonly registry: Registry;
  readonly statistics: KeeperStatistics;
  readonly outbox: KvOutbox;
  /** The keeper's position in this turn. */
  readonly position: () => Position;
  /** A function, since the feed and the audit are made after the fills they need. */
  readonly feed: () => Feed;
  readonly audit: () => Audit;
}

/**
 * Answers for keys: the caller's own entry, a recent body, or one flight to the origin for everyone who asks. Decides
 * in the turn of the call, and registers the key before the origin is asked (P7).
 */
export class Fills {
  readonly #ports: FillsPorts;
  readonly #registry: Registry;
  readonly #marks: Marks;
  readonly #statistics: KeeperStatistics;
  readonly #admission: Admission;
  readonly #flights: OriginFlights;
  readonly #refills: Refills;
  readonly #bodies: RecentBodies;
  /** The clock was set back at this time: a fill that began before it proves nothing by its begin. */
  #beginsFrom = Number.NEGATIVE_INFINITY;

  constructor(ports: FillsPorts) {
    const { clock, settings, marks, registry, position } = ports;
    this.#ports = ports;
    this.#registry = registry;
    this.#marks = marks;
    this.#statistics = ports.statistics;
    this.#bodies = new RecentBodies(settings.limits);
    const limiter = new Limiter(ORIGIN_CONCURRENCY);
    this.#admission = new Admission(ports, limiter);
    this.#flights = new OriginFlights({
      ...{ clock, registry, position, limiter, origin: ports.origin },
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

  /** The caller must be of this generation, at a position that the keeper has reached. */
  async fill(request: FillRequest): Promise<FillAnswer> {
    const arrival = this.#ports.clock.now();
    const need = Math.max(arrival - request.boundMs, this.#beginsFrom);
    const record = this.#registry.get(request.read.key);
    if (record) {
      noteRead(record, arrival);
      record.demand.asked(request.client, arrival);
      const kept = this.#kept(request, record, { arrival, need });
      if (kept) return kept;
    }
    return this.#fly(request, record, { arrival, need });
  }

  /** A change has touched the key: a flight under way is out of date, and readers will want a new answer. */
  invalidated(record: KeyRecord): void {
    this.#flights.invalidate(record);
    this.#refills.schedule(record);
  }

  invalidatedAll(): void {
    this.#flights.invalidateAll();
  }

  /** All keys belong to another generation: flights under way answer only the callers that wait for them. */
  forgetAll(): void {
    this.#flights.invalidateAll();
    this.#bodies.clear();
  }

  /** A purged key is not refilled ahead, and none of its proofs and recent bodies is used any more. */
  drop(record: KeyRecord): void {
    this.#flights.invalidate(record);
    this.#bodies.delete(record.key);
  }

  /** Whether an answer of the key may still count somewhere, or one is on its way that would. */
  mayCount(record: KeyRecord): boolean {
    if (this.#flights.has(record.key)) return true;
    return this.#counts(record);
  }

  /** Whether the key has a valid body and no flight. */
  isIdleAndValid(record: KeyRecord): boolean {
    return !this.isInvalidated(record) && !this.#flights.has(record.key);
  }

  isInvalidated(record: KeyRecord): boolean {
    return this.validBody(record) === undefined;
  }

  /** Asks the origin, even if the key's body is valid. The key must have no flight. */
  ask(record: KeyRecord): void {
    const read = this.#registry.readOf(record);
    if (read) this.#flights.start(record, read, REFRESH);
  }

  /** The key's recent body, unless it was invalidated. */
  validBody(record: KeyRecord): StoredResponse | undefined {
    const entry = this.#bodies.get(record.key)?.entry;
    return entry && entry.mark >= this.#registry.lastInvalidation(record) ? entry : undefined;
  }

  /** An answer without the origin: the caller's own entry, or a recent body. */
  #kept({ have, token }: FillRequest, record: KeyRecord, { arrival, need }: Moments): FillAnswer | null {
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
      this.#ports.outbox.offer(record);
      const current = { ...entry, ...position };
      return { kind: "entry", entry: current, source: "stored", age: null, accepted: true, sharing: "free" };
    }
    // Its fill began within the caller's bound, which satisfies the caller whatever has changed since (P12). Time
    // stands still between I/O, so a fill that began at that very moment may have begun before a change of that
    // moment. A body from before a purge no longer serves (P11).
    if (body.begin > need && entry.mark >= this.#leastMark(token)) {
      const age = Math.max(0, arrival - body.begin);
      return { kind: "entry", entry, source: "stored", age, accepted: false, sharing: "free" };
    }
    return null;
  }

  /** Joins the flight under way, or its successor, or starts one. Registers before the first await (P7). */
  async #fly(
    request: FillRequest,
    known: KeyRecord | undefined,
    { arrival, need }: Moments,
  ): Promise<FillAnswer> {
    const { read, token } = request;
    const flight = this.#flights.get(read.key);
    if (!flight && !this.#admission.mayFly(request, arrival)) return OVER_BUDGET;
    const record = known ?? this.#admission.register(request, arrival, (key) => this.#flights.has(key));
    if ("kind" in record) return record;
    if (!flight) {
      this.#admission.flies(request, arrival);
      return answerOf(await this.#flights.start(record, read, request).ended, "flight", 0, true);
    }
    this.#flights.hasten(flight, request);
    if (!flight.invalidated) {
      // What changes unannounced may have changed since the begin, though no change was heard of.
      const isTold = this.#registry.isTold(flight.record);
      const provenFrom = isTold ? Math.max(flight.begin, this.#ports.feed().asOf()) : flight.begin;
      return answerOf(await flight.ended, "joined", Math.max(0, arrival - provenFrom), isTold);
    }
    if (flight.begin > need && flight.position.mark >= this.#leastMark(token)) {
      return answerOf(await flight.ended, "joined", Math.max(0, arrival - flight.begin), false);
    }
    if (flight.successor === null) {
      if (!this.#admission.mayFly(request, arrival)) return OVER_BUDGET;
      this.#admission.flies(request, arrival);
    }
    const successor = this.#flights.successorOf(flight, record, read, request);
    return answerOf(await successor.ended, "joined", 0, true);
  }

  /** The mark that an invalidated answer must have to serve a caller with this token. */
  #leastMark(token: Position | null): number {
    return Math.max(token?.mark ?? 0, this.#marks.purgedAt);
  }

  #landed(flight: OriginFlight, end: FlightEnd): void {
    const { record } = flight;
    if (Number.isFinite(flight.begin)) {
      this.#statistics.add("originRequests");
      this.#admission.landed(flight, end, this.#ports.clock.now());
    }
    record.fills++;
    // The key was forgotten meanwhile: this answer is only for the callers that wait.
    if (!this.#registry.holds(record)) return;
    if (end.kind !== "entry") {
      // A key without any answer, that no successor is about to fill, is not worth its memory. A refusal by the
      // database is the exception: a broken application repeats its request, and registering it each time would cost
      // more.
      const isRefusal = end.kind === "relay" && end.response.status < 500;
      if (record.answered === null && !flight.successor && !isRefusal) this.#registry.forget(record);
      return;
    }
    // First of all: even if something below fails, this answer is given out, and a change must know that it was.
    const isOnly = !flight.invalidated && this.#answered(record, end.entry);
    this.#statistics.add("fills");
    record.status = end.entry.status;
    record.bytes = end.entry.body.byteLength;
    const before = record.watched ? this.validBody(record) : undefined;
    this.#bodies.set(record.key, end);
    if (isOnly) this.#show(record, end.entry);
    if (before && !flight.invalidated) this.#ports.audit().compare(record, before, end.entry);
    this.#ports.outbox.offer(record);
  }

  /** Whether an answer was given out since the key was last invalidated. */
  #counts(record: KeyRecord): boolean {
    const { answered } = record;
    return answered !== null && answered.mark >= this.#registry.lastInvalidation(record);
  }

  /** Notes an answer that is given out, and returns whether it is the key's only one that may still count somewhere. */
  #answered(record: KeyRecord, entry: StoredResponse): boolean {
    const isOnly = !this.#counts(record) || record.answered?.etag === entry.etag;
    record.answered = { mark: entry.mark, etag: isOnly ? entry.etag : "" };
    return isOnly;
  }

  /**
   * Notes the window that the entry shows, so that changes beyond it leave it alone. Not while another answer may still
   * count: without a total order it can show other rows of the same state.
   */
  #show(record: KeyRecord, entry: StoredResponse): void {
    const window = windowShown(record, entry);
    if (window) this.#registry.setWindow(record, window);
  }

  #refill(record: KeyRecord): void {
    if (!this.#registry.holds(record) || this.#flights.has(record.key)) return;
    if (this.isInvalidated(record)) this.ask(record);
  }
}

/** When a fill arrived, and how young an answer must be that serves it; on the keeper's clock. */
interface Moments {
  readonly arrival: number;
  readonly need: number;
}
