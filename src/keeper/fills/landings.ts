import type { Clock } from "../../runtime/clock.ts";
import type { Audit } from "../audit/audit.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import type { Registry } from "../keys/registry.ts";
import { windowShown } from "../keys/window-shown.ts";
import type { KvOutbox } from "../kv/kv-outbox.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import type { KeeperStatistics } from "../statistics/statistics.ts";
import type { Admission } from "./admission.ts";
import type { Clearance } from "./clearance.ts";
import type { FlightEnd } from "./fill-answer.ts";
import type { OriginFlight } from "./origin-flights.ts";
import type { RecentBodies, RecentBody } from "./recent-bodies.ts";

interface LandingsPorts {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly statistics: KeeperStatistics;
  readonly outbox: KvOutbox;
  readonly admission: Admission;
  readonly bodies: RecentBodies;
  readonly clearance: Clearance;
  readonly audit: () => Audit;
}

/** What is noted when a flight ends: the key's new body, and that an answer of the key is out. */
export class Landings {
  readonly #ports: LandingsPorts;
  readonly #registry: Registry;

  constructor(ports: LandingsPorts) {
    this.#ports = ports;
    this.#registry = ports.registry;
  }

  /** The key's recent body, unless it was invalidated. */
  validBody(record: KeyRecord): RecentBody | undefined {
    const body = this.#ports.bodies.get(record.key);
    return body && body.entry.mark >= this.#registry.lastInvalidation(record) ? body : undefined;
  }

  /** The key's recent body for KV, unless it was invalidated, or may not be given to everybody of its audience yet. */
  storable(record: KeyRecord): StoredResponse | undefined {
    const body = this.validBody(record);
    return body && this.#ports.clearance.isStorable(record.key, body) ? body.entry : undefined;
  }

  /**
   * Whether an answer was given out since the key was last invalidated. While the API may answer by another schema no answer
   * begins to count by changes, but isolates go on accepting those from before.
   */
  counts(record: KeyRecord): boolean {
    const { answered } = record;
    return answered !== null && answered.mark >= this.#registry.lastRaise(record);
  }

  /** In the turn in which the flight ends, before its callers get the answer. */
  landed(flight: OriginFlight, end: FlightEnd): void {
    const { record } = flight;
    const { clock, statistics, admission, bodies, outbox } = this.#ports;
    if (Number.isFinite(flight.begin)) {
      statistics.addFor(record.relation, "originRequests");
      admission.landed(flight, end, clock.now());
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
    statistics.add("fills");
    record.status = end.entry.status;
    record.bytes = end.entry.body.byteLength;
    const before = record.watched ? this.validBody(record) : undefined;
    const body = { ...end, owner: flight.owner, arrivedAt: clock.now(), isCleared: false };
    // What was fetched while roles or policies changed is for its reader alone (S8).
    if (flight.owner === null || !flight.flushed) bodies.set(record.key, body);
    if (isOnly) this.#show(record, end.entry);
    if (before && !flight.invalidated) this.#compare(flight, before, body);
    outbox.offer(record);
  }

  /** Notes an answer that is given out, and returns whether it is the key's only one that may still count somewhere. */
  #answered(record: KeyRecord, entry: StoredResponse): boolean {
    const isOnly = !this.counts(record) || record.answered?.etag === entry.etag;
    record.answered = { mark: entry.mark, etag: isOnly ? entry.etag : "" };
    return isOnly;
  }

  /**
   * Notes the window that the entry shows, so that changes beyond it leave it alone. Not while another answer may still
   * count: without a total order it can show other rows of the same state.
   */
  #show(record: KeyRecord, entry: StoredResponse): void {
    const window = windowShown(this.#registry, record, entry);
    if (window) this.#registry.setWindow(record, window);
  }

  /** Compares an answer with the one it replaced, which nothing had invalidated. */
  #compare({ record, read, owner }: OriginFlight, before: RecentBody, after: RecentBody): void {
    if (owner === null) this.#ports.audit().compare(record, read.asked, before.entry, after.entry);
    else this.#ports.clearance.compare(record, read, before, after);
  }
}
