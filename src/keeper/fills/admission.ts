import type { Clients } from "../budgets/clients.ts";
import type { Limiter } from "../budgets/limiter.ts";
import { ownerOf } from "../budgets/networks.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import type { Registry } from "../keys/registry.ts";
import type { Feed, FootprintSource } from "../ports/ports.ts";
import type { KeeperStatistics } from "../statistics/statistics.ts";
import { type Direct, type FlightEnd, OVER_BUDGET } from "./fill-answer.ts";
import type { OrderedFill } from "./fill-order.ts";
import type { OriginFlight } from "./origin-flights.ts";

export interface AdmissionPorts {
  readonly clients: Clients;
  readonly registry: Registry;
  readonly statistics: KeeperStatistics;
  /** The footprints in force now. */
  readonly footprints: () => Pick<FootprintSource, "of">;
  readonly feed: () => Pick<Feed, "proven" | "asOf">;
}

/** Who may register a key and who may ask the origin, within each client's budgets. */
export class Admission {
  readonly #ports: AdmissionPorts;
  readonly #limiter: Limiter;

  constructor(ports: AdmissionPorts, limiter: Limiter) {
    this.#ports = ports;
    this.#limiter = limiter;
  }

  /** Whether the client has a place, or may wait for one, and has not failed too often. */
  mayFly({ priority, client }: OrderedFill, now: number): boolean {
    if (priority === "refresh") return true;
    const owner = ownerOf(client);
    const flying = this.#limiter.holds(owner) + this.#limiter.waits(owner);
    return this.#limiter.mayWait(owner) && this.#ports.clients.mayFly(client, flying, now);
  }

  /** Charges the client for an origin request that follows a pull, or goes beside one. */
  flies({ pulled, client, boundMs }: OrderedFill, now: number): void {
    const { clients } = this.#ports;
    const feed = this.#ports.feed();
    const costsPull = pulled === "beside" ? feed.asOf() <= now - boundMs : pulled;
    if (costsPull && feed.proven) clients.flewAfterPull(client, now);
  }

  /** Charges the client for how its origin request ended. */
  landed({ client, begin }: Pick<OriginFlight, "client" | "begin">, end: FlightEnd, now: number): void {
    if (client !== null) this.#ports.clients.landed(client, end, { begin, now });
  }

  /**
   * Registers the key of a read, in the turn of the call (P7).
   *
   * @param isInFlight whether a key has an origin request under way: such a key is not evicted
   * @returns why the isolate must ask the origin itself, when the key cannot be registered: it has no footprint, it is
   * too large, the client is over its budget, or every key in a full registry is in flight
   */
  register(
    { read, client, asker, place = null }: OrderedFill,
    now: number,
    isInFlight: (key: string) => boolean,
  ): KeyRecord | Direct {
    const { clients, registry, statistics, footprints } = this.#ports;
    const result = footprints().of(read.asked, asker?.reader ?? null);
    if ("bypass" in result) return { kind: "direct", reason: result.bypass };
    if (!clients.mayRegister(client, now)) return OVER_BUDGET;
    const before = registry.size;
    const record = registry.register(read, result.footprint, now, isInFlight);
    const isNew = typeof record !== "string";
    if (isNew) {
      record.reads = 1;
      record.demand.asked(client, now, place);
    }
    const evicted = before + (isNew ? 1 : 0) - registry.size;
    if (evicted > 0) statistics.add("evictions", evicted);
    return isNew ? record : { kind: "direct", reason: record };
  }
}
