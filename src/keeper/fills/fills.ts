import type { Clock } from "../../runtime/clock.ts";
import type { BearerAudiences } from "../audiences/audiences.ts";
import type { KnownReader } from "../audiences/known-reader.ts";
import type { Audit } from "../audit/audit.ts";
import { Limiter } from "../budgets/limiter.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import { noteRead } from "../keys/key-record.ts";
import type { Registry } from "../keys/registry.ts";
import type { KvOutbox } from "../kv/kv-outbox.ts";
import type { Feed, Origin } from "../ports/ports.ts";
import type { KeeperSettings } from "../ports/settings.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import type { FillAnswer, FillRequest } from "../protocol/fill.ts";
import { isSignedInKey } from "../protocol/names.ts";
import type { Position } from "../protocol/position.ts";
import type { KeeperStatistics } from "../statistics/statistics.ts";
import type { Marks } from "../storage/marks.ts";
import { Admission, type AdmissionPorts } from "./admission.ts";
import { Clearance } from "./clearance.ts";
import { answerOf, endForOthers, OVER_BUDGET, type Wait } from "./fill-answer.ts";
import { inTime, type OrderedFill, orderOf } from "./fill-order.ts";
import { Landings } from "./landings.ts";
import { type OriginFlight, OriginFlights } from "./origin-flights.ts";
import { RecentBodies, type RecentBody } from "./recent-bodies.ts";
import { Refills } from "./refills.ts";

/** Origin requests under way at once. Refreshes take at most half, so that a miss finds a place. */
export const ORIGIN_CONCURRENCY = 64;

const REFRESH = { priority: "refresh", client: "", asker: null } as const;

/** So often a fill waits for what is under way for other readers. A reader who must wait longer asks the origin. */
const WAITS_AT_MOST = 8;

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
  readonly audiences: BearerAudiences;
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
  readonly #clearance: Clearance;
  readonly #landings: Landings;
  /** The clock was set back at this time: a fill that began before it proves nothing by its begin. */
  #beginsFrom = Number.NEGATIVE_INFINITY;

  constructor(ports: FillsPorts) {
    const { clock, settings, marks, registry, position } = ports;
    this.#ports = ports;
    this.#registry = registry;
    this.#marks = marks;
    this.#statistics = ports.statistics;
    this.#bodies = new RecentBodies(settings.limits, settings.audiences.roles.length > 0);
    this.#clearance = new Clearance({ ...ports, witnesses: ports.audiences.witnesses });
    const limiter = new Limiter(ORIGIN_CONCURRENCY);
    this.#admission = new Admission(ports, limiter);
    const [clearance, bodies, admission] = [this.#clearance, this.#bodies, this.#admission];
    this.#landings = new Landings({ ...ports, clearance, bodies, admission });
    this.#flights = new OriginFlights({
      ...{ clock, registry, position, limiter, origin: ports.origin },
      deadlineMs: settings.flightDeadlineMs,
      began: (record) => registry.dropWindow(record),
      landed: (flight, end) => this.#landings.landed(flight, end),
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

  async fill(request: FillRequest): Promise<FillAnswer> {
    const { clock } = this.#ports;
    const arrival = clock.now();
    let { pulled } = request;
    for (let waits = 0; waits <= WAITS_AT_MOST; waits++) {
      // Everything may have changed while it waited: the generation, and what is known of the reader.
      const order = orderOf({ ...request, pulled }, this.#ports);
      if ("kind" in order) return order;
      const record = this.#registry.get(order.read.key);
      if (record && waits === 0) {
        noteRead(record, arrival);
        record.demand.asked(order.client, arrival, order.place ?? null);
      }
      const moments = { arrival, need: Math.max(arrival - request.boundMs, this.#beginsFrom) };
      const kept = record && this.#kept(order, record, moments);
      const answer = kept ?? this.#fly(order, record, moments);
      if (!("kind" in answer) || answer.kind !== "wait") return inTime(order, await answer, clock.now());
      const ended = await answer.ended;
      if (typeof ended !== "boolean") return ended;
      if (ended) pulled = true;
    }
    return OVER_BUDGET;
  }

  /** A change has touched the key: a flight under way is out of date, and readers will want a new answer. */
  invalidated(record: KeyRecord): void {
    this.#flights.invalidate(record);
    // Whoever signs in asks with a token of their own, and there is none without a reader (S8).
    if (!isSignedInKey(record.key)) this.#refills.schedule(record);
  }

  /** Everything was invalidated. Roles may have changed, so what was fetched for one reader is nobody else's (S8). */
  invalidatedAll(): void {
    this.#flights.invalidateAll();
    this.#bodies.dropOwned();
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
    return this.#landings.counts(record);
  }

  /** Whether the key has a valid body and no flight. */
  isIdleAndValid(record: KeyRecord): boolean {
    return !this.isInvalidated(record) && !this.#flights.has(record.key);
  }

  isInvalidated(record: KeyRecord): boolean {
    return this.#landings.validBody(record) === undefined;
  }

  /** Asks the origin, even if the key's body is valid. The key must have no flight. */
  ask(record: KeyRecord): void {
    const read = this.#registry.readOf(record);
    if (read && read.audience !== "signed-in") this.#flights.start(record, read, REFRESH);
  }

  /** See `Landings`. */
  storable(record: KeyRecord): StoredResponse | undefined {
    return this.#landings.storable(record);
  }

  /** An answer without the origin: the caller's own entry, or a recent body. */
  #kept(order: OrderedFill, record: KeyRecord, { arrival, need }: Moments): FillAnswer | Wait | null {
    const { have, token } = order;
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
      return this.#given(body, order, { entry: current, source: "stored", age: null, accepted: true });
    }
    // Its fill began within the caller's bound, which satisfies the caller whatever has changed since (P12). Time
    // stands still between I/O, so a fill that began at that very moment may have begun before a change of that
    // moment. A body from before a purge no longer serves (P11).
    if (body.begin > need && entry.mark >= this.#leastMark(token)) {
      const age = Math.max(0, arrival - body.begin);
      return this.#given(body, order, { entry, source: "stored", age, accepted: false });
    }
    return null;
  }

  /** A body that answers the read, if it is the asker's to have; null: the asker needs one of their own (S8, S10). */
  #given(
    body: RecentBody,
    { asker, client }: OrderedFill,
    entry: Omit<Extract<FillAnswer, { kind: "entry" }>, "kind" | "sharing">,
  ): FillAnswer | Wait | null {
    const sharing = this.#clearance.of(body, asker);
    if (sharing === "another's") return null;
    if (sharing === "not-yet") return this.#clearance.reach(body, client);
    return { kind: "entry", ...entry, sharing };
  }

  /** Joins the flight under way, or its successor, or starts one. Registers before the first await (P7). */
  #fly(
    request: OrderedFill,
    known: KeyRecord | undefined,
    { arrival, need }: Moments,
  ): FillAnswer | Wait | Promise<FillAnswer> {
    const { read, token } = request;
    const flight = this.#flights.get(read.key);
    if (!flight && !this.#admission.mayFly(request, arrival)) return OVER_BUDGET;
    const record = known ?? this.#admission.register(request, arrival, (key) => this.#flights.has(key));
    if ("kind" in record) return record;
    if (!flight) {
      this.#admission.flies(request, arrival);
      return this.#landing(this.#flights.start(record, read, request), "flight", 0, true);
    }
    this.#flights.hasten(flight, request);
    if (!isFor(flight, request.asker)) return this.#passing(flight, record, request);
    if (!flight.invalidated) {
      // What changes unannounced may have changed since the begin, though no change was heard of.
      const isTold = this.#registry.isTold(flight.record);
      const provenFrom = isTold ? Math.max(flight.begin, this.#ports.feed().asOf()) : flight.begin;
      return this.#landing(flight, "joined", Math.max(0, arrival - provenFrom), isTold);
    }
    if (flight.begin > need && flight.position.mark >= this.#leastMark(token)) {
      return this.#landing(flight, "joined", Math.max(0, arrival - flight.begin), false);
    }
    // The successor of a flight is for the same reader.
    if (flight.successor === null) {
      if (!this.#admission.mayFly(request, arrival)) return OVER_BUDGET;
      this.#admission.flies(request, arrival);
    }
    const successor = this.#flights.successorOf(flight, record, read, request);
    return this.#landing(successor, "joined", 0, true);
  }

  /** The answer of a flight for this very reader, or for everybody. */
  async #landing(
    flight: OriginFlight,
    source: "flight" | "joined",
    age: number,
    accepted: boolean,
  ): Promise<FillAnswer> {
    const end = await flight.ended;
    const arrived = { owner: flight.owner, arrivedAt: this.#ports.clock.now(), isCleared: false };
    return answerOf(end, source, age, accepted, this.#clearance.forOwner(arrived));
  }

  /** Waits for a flight for another reader. What it brings may serve this one, once it is cleared. */
  #passing(flight: OriginFlight, record: KeyRecord, { asker }: OrderedFill): FillAnswer | Wait {
    // Answers that count by their age only cannot be compared, so nobody but their reader ever gets them.
    if (!this.#registry.isTold(record) && !this.#clearance.mayPass(flight.owner, asker)) return OVER_BUDGET;
    return { kind: "wait", ended: flight.ended.then(endForOthers) };
  }

  /** The mark that an invalidated answer must have to serve a caller with this token. */
  #leastMark(token: Position | null): number {
    return Math.max(token?.mark ?? 0, this.#marks.purgedAt);
  }

  #refill(record: KeyRecord): void {
    if (!this.#registry.holds(record) || this.#flights.has(record.key)) return;
    if (this.isInvalidated(record)) this.ask(record);
  }
}

/** Whether a flight is with the token of this reader, or for everybody. */
function isFor({ owner }: OriginFlight, asker: KnownReader | null): boolean {
  return owner?.digest === asker?.digest;
}

/** When a fill arrived, and how young an answer must be that serves it; on the keeper's clock. */
interface Moments {
  readonly arrival: number;
  readonly need: number;
}
