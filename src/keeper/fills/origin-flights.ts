import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import type { KnownReader, Owner } from "../audiences/known-reader.ts";
import type { Limiter, Place } from "../budgets/limiter.ts";
import { ownerOf } from "../budgets/networks.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import type { Registry } from "../keys/registry.ts";
import type { Origin, OriginAnswer } from "../ports/ports.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import type { Position } from "../protocol/position.ts";
import { type Direct, type FlightEnd, OVER_BUDGET } from "./fill-answer.ts";
import type { OrderedFill } from "./fill-order.ts";

/** On whose behalf the origin is asked. A client's reader waits for a miss; nothing waits for a refresh. */
type FlightOwner = Pick<OrderedFill, "priority" | "client" | "asker">;

/** One origin request for one key, on its way or waiting for a place. */
export interface OriginFlight {
  readonly record: KeyRecord;
  readonly read: CacheableRead;
  /** Whose token the origin is asked with. Null: everybody gets the same. */
  readonly owner: Owner | null;
  /** The keeper's position when the origin was asked. The answer counts as of this mark, however late it comes. */
  position: Position;
  /** Whether the keeper will hear of changes of the answer. */
  isTold: boolean;
  /** When the origin was asked, on the keeper's clock; +Infinity while the flight waits for its place. */
  begin: number;
  /** A change touched the key after `begin`. */
  invalidated: boolean;
  /** So did a change of everything: of the schema, or of another history of the database. */
  flushed: boolean;
  successor: OriginFlight | null;
  /** The client whose read started it. Null: it is a refresh. */
  readonly client: string | null;
  /** Rejects when the storage does not take the key: this instance has been superseded. */
  readonly ended: Promise<FlightEnd>;
}

/** A position that no fence and no keeper accepts. */
const NOWHERE: Position = { generation: "", mark: -1 };

interface OriginFlightsPorts {
  readonly clock: Clock;
  readonly origin: Origin;
  readonly limiter: Limiter;
  /** The keeper's position in this turn. */
  readonly position: () => Position;
  readonly registry: Pick<Registry, "holds" | "isTold" | "write">;
  readonly deadlineMs: number;
  /** Called in the turn in which the origin is asked. */
  readonly began: (record: KeyRecord) => void;
  /** Called in the turn in which a flight ends, before its callers get the answer. */
  readonly landed: (flight: OriginFlight, end: FlightEnd) => void;
}

interface Pending extends OriginFlight {
  /** The owner's, until the origin is asked. */
  token: string | null;
  readonly place: Place;
  /** Stops the timer that ends the wait for a place. */
  stopWaiting: () => void;
  readonly end: (end: FlightEnd) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * The keeper's origin requests: at most one at a time for a key, and at most one successor queued behind an invalidated
 * one (I3). Requests may share promises here, since all of this lives in one Durable Object.
 */
export class OriginFlights {
  readonly #ports: OriginFlightsPorts;
  readonly #flights = new Map<string, Pending>();

  constructor(ports: OriginFlightsPorts) {
    this.#ports = ports;
  }

  get(key: string): OriginFlight | undefined {
    return this.#flights.get(key);
  }

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** A change or a purge touched the key, so the flight under way is out of date. */
  invalidate(record: KeyRecord): void {
    const flight = this.#flights.get(record.key);
    if (flight && flight.begin !== Number.POSITIVE_INFINITY) flight.invalidated = true;
  }

  invalidateAll(): void {
    for (const flight of this.#flights.values()) {
      this.invalidate(flight.record);
      flight.flushed = flight.invalidated;
    }
  }

  /** If a reader now waits for this flight, it goes before refreshes. */
  hasten(flight: OriginFlight, { priority, client }: FlightOwner): void {
    if (priority === "miss") this.#ports.limiter.promote((flight as Pending).place, ownerOf(client));
  }

  /** The key must be registered, and must have no flight. */
  start(record: KeyRecord, read: CacheableRead, asker: FlightOwner): OriginFlight {
    const flight = this.#create(record, read, asker);
    this.#run(flight);
    return flight;
  }

  /**
   * The one flight that follows an invalidated one; it notes mark and begin when it starts (P7).
   *
   * @param record the key as it is registered now
   */
  successorOf(
    flight: OriginFlight,
    record: KeyRecord,
    read: CacheableRead,
    asker: FlightOwner,
  ): OriginFlight {
    flight.successor ??= this.#create(record, read, asker);
    const { place } = flight.successor as Pending;
    // It is not queued yet, so its place can still be changed.
    if (asker.priority === "miss" && place.priority === "refresh") {
      place.priority = "miss";
      place.client = ownerOf(asker.client);
    }
    return flight.successor;
  }

  #create(record: KeyRecord, read: CacheableRead, { priority, client, asker }: FlightOwner): Pending {
    const { promise, resolve, reject } = Promise.withResolvers<FlightEnd>();
    // Nobody may wait for it.
    promise.catch(() => {});
    return {
      record,
      read,
      owner: asker && ownerIn(asker),
      token: asker?.token ?? null,
      place: { priority, client: ownerOf(client), enter: null },
      client: priority === "miss" ? client : null,
      stopWaiting: () => {},
      position: NOWHERE,
      isTold: false,
      begin: Number.POSITIVE_INFINITY,
      invalidated: false,
      flushed: false,
      successor: null,
      ended: promise,
      end: resolve,
      fail: reject,
    };
  }

  #run(flight: Pending): void {
    this.#flights.set(flight.record.key, flight);
    const { clock, limiter, deadlineMs } = this.#ports;
    const answer = limiter.run(flight.place, () => this.#ask(flight));
    // An origin that recovers must not be flooded with old requests. It has not failed, either: the reader asks it
    // directly.
    if (flight.place.enter !== null)
      flight.stopWaiting = clock.after(deadlineMs / 2, () => limiter.giveUp(flight.place));
    answer
      .catch((): OriginAnswer => ({ kind: "failed", reason: "unreachable" }))
      .then((answer) => this.#land(flight, answer ?? OVER_BUDGET));
  }

  async #ask(flight: Pending): Promise<OriginAnswer> {
    const { clock, origin, position, registry, deadlineMs } = this.#ports;
    flight.stopWaiting();
    // If the key was forgotten while it waited, no change would be noticed: the answer is only for the callers that
    // wait.
    flight.position = registry.holds(flight.record) ? position() : NOWHERE;
    flight.isTold = registry.isTold(flight.record);
    flight.begin = clock.now();
    flight.record.lastFillBegan = flight.begin;
    flight.record.readSinceFill = false;
    this.#ports.began(flight.record);
    const { token } = flight;
    flight.token = null;
    return within(clock, deadlineMs, origin.fetch(flight.read, token), () => ({
      kind: "failed",
      reason: "timeout",
    }));
  }

  #land(flight: Pending, answer: OriginAnswer | Direct): void {
    const end = this.#endOf(flight, answer);
    flight.token = null;
    this.#flights.delete(flight.record.key);
    // An answer that counts by its mark is not given out before the storage knows its key (P7).
    const failure = end.kind === "entry" ? this.#failureToWrite() : null;
    try {
      if (failure === null) this.#ports.landed(flight, end);
    } finally {
      // Even if the bookkeeping throws, no caller is left waiting (I10).
      if (flight.successor) this.#run(flight.successor as Pending);
      if (failure === null) flight.end(end);
      else flight.fail(failure.error);
    }
  }

  /** Stores the keys that are registered. Null: the storage has taken them. */
  #failureToWrite(): { readonly error: unknown } | null {
    try {
      this.#ports.registry.write();
      return null;
    } catch (error) {
      return { error };
    }
  }

  #endOf(flight: OriginFlight, answer: OriginAnswer | Direct): FlightEnd {
    switch (answer.kind) {
      case "direct":
      case "failed":
        return answer;
      case "unshareable":
        return { kind: "direct", reason: answer.reason };
      case "response": {
        const { notStored, ...response } = answer.response;
        const stored = { ...response, filledAt: flight.begin };
        if (notStored) return { kind: "relay", response: stored, reason: notStored };
        const { position, isTold, record } = flight;
        const entry = { ...stored, ...position, relations: record.relations, watched: isTold };
        return { kind: "entry", entry, begin: flight.begin };
      }
    }
  }
}

/** Without the token. */
function ownerIn({ digest, subject, scope }: KnownReader): Owner {
  return { digest, subject, scope };
}
