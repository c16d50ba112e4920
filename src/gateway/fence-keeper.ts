import type { Clock } from "../cache/clock.ts";
import { Flights } from "../cache/coalesce.ts";
import { within } from "../cache/deadline.ts";
import type { KeeperCalls, Mode, Position } from "../keeper/messages.ts";
import type { Breaker } from "./breaker.ts";
import { Fence } from "./fence.ts";
import type { Reporter } from "./reporter.ts";

interface FenceKeeperPorts {
  readonly clock: Clock;
  readonly keeper: () => Pick<KeeperCalls, "sync">;
  readonly reporter: Reporter;
  readonly breaker: Breaker;
  readonly configHash: string;
  readonly timeouts: { readonly syncMs: number };
}

type Anchor = (work: Promise<unknown>) => void;

/** Syncs are one at a time in an isolate, whoever needs them. */
const SYNC = "sync";

/** Holds this isolate's fence and brings it up to date: one small call for all keys together. */
export class FenceKeeper {
  readonly #ports: FenceKeeperPorts;
  readonly #flights: Flights;
  #fence: Fence | null = null;
  #mode: Mode = "on";
  #proofsFrom = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: FenceKeeperPorts) {
    this.#ports = ports;
    this.#flights = new Flights(ports.clock, ports.timeouts.syncMs);
  }

  get fence(): Fence | null {
    return this.#fence;
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** Proofs from before this moment no longer serve: a purge came after them (PROTOCOL, rule 11). */
  get proofsFrom(): number {
    return this.#proofsFrom;
  }

  dropProofs(): void {
    this.#proofsFrom = this.#ports.clock.now();
  }

  /** Whether the fence is as young as `need`, and not below the token. A token of another generation asks for now. */
  reaches(need: number, token: Position | null, start: number): boolean {
    const fence = this.#fence;
    if (!fence) return false;
    if (token === null) return fence.asOf >= need;
    if (token.generation !== fence.generation) return fence.asOf >= start;
    return fence.asOf >= need && fence.mark >= token.mark;
  }

  /**
   * Brings the fence there, leading a sync or waiting for the one under way. False when the caller's own deadline
   * passes, or the keeper fails. The leader's call is anchored before its first await, so that a cancelled leader
   * does not leave the others without an answer (PLATFORM, *Sharing and cancellation*).
   */
  async reach(need: number, token: Position | null, anchor: Anchor): Promise<boolean> {
    const { clock, timeouts, breaker } = this.#ports;
    const start = clock.now();
    while (!this.reaches(need, token, start)) {
      const left = start + timeouts.syncMs - clock.now();
      if (left <= 0 || breaker.open) return false;
      const call = this.#lead(Math.min(need, start), token, anchor);
      if (call) {
        if (!(await within(clock, left, call, () => false))) return false;
      } else {
        await this.#flights.wait(SYNC, left);
        if (this.#failedAt > start) return false;
      }
    }
    return true;
  }

  /** The same in the background, unless a sync is under way. */
  ahead(need: number, anchor: Anchor): void {
    this.#lead(need, null, anchor);
  }

  #lead(need: number, token: Position | null, anchor: Anchor): Promise<boolean> | null {
    const flight = this.#flights.lead(SYNC);
    if (!flight) return null;
    const call = this.#sync(need, token).finally(() => flight.land());
    anchor(call);
    return call;
  }

  async #sync(need: number, token: Position | null): Promise<boolean> {
    const { clock, keeper, reporter, breaker, configHash, timeouts } = this.#ports;
    const startedAt = clock.now();
    const since = this.#fence?.position ?? null;
    const report = reporter.take();
    const maxAge = Math.max(0, startedAt - need);
    const answer = await within(
      clock,
      timeouts.syncMs,
      keeper()
        .sync({ configHash, since, maxAge, token, report })
        .catch(() => null),
      () => null,
    );
    if (answer?.kind !== "synced") {
      // A keeper that refuses has taken the report all the same.
      if (answer === null) reporter.putBack(report);
      breaker.failed();
      this.#failedAt = clock.now();
      return false;
    }
    breaker.succeeded();
    const purgedAt = this.#fence?.purgedAt ?? answer.purgedAt;
    this.#fence = Fence.merge(this.#fence, since, answer, startedAt);
    this.#mode = answer.mode;
    if (this.#fence && answer.purgedAt > purgedAt) {
      this.#proofsFrom = Math.max(this.#proofsFrom, this.#fence.asOf);
    }
    return true;
  }
}
