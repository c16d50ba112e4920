import type { Clock } from "../../runtime/clock.ts";
import { RateLimit } from "../budgets/rate-limit.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import { REFILLS_WAITING } from "../protocol/constants.ts";

interface RefillsPorts {
  readonly clock: Clock;
  readonly perMinute: number;
  /**
   * A key's own bound: it is not refilled more often than that, however often it changes. With 0 not at all: its
   * readers ask the keeper in any case, and would be spared no more than the keeper's way to the origin.
   */
  readonly freshnessMs: (record: KeyRecord) => number;
  readonly refill: (record: KeyRecord) => void;
  /** A key by its number, while it is registered. */
  readonly numbered: (id: number) => KeyRecord | undefined;
}

/**
 * Asks anew for keys in demand once a change has invalidated them, ahead of their next reader. A convenience
 * inside a budget: what is dropped here, a reader brings about.
 */
export class Refills {
  readonly #ports: RefillsPorts;
  /** By number: what waits keeps no key in memory that was forgotten meanwhile. */
  readonly #waiting = new Set<number>();
  readonly #limit: RateLimit;

  constructor(ports: RefillsPorts) {
    this.#ports = ports;
    this.#limit = new RateLimit(ports.perMinute, ports.clock.now());
  }

  schedule(record: KeyRecord): void {
    const { clock, freshnessMs } = this.#ports;
    const { id } = record;
    if (!record.readSinceFill || freshnessMs(record) === 0) return;
    if (this.#waiting.has(id) || this.#waiting.size >= REFILLS_WAITING) return;
    const now = clock.now();
    if (!this.#limit.take(now)) return;
    this.#waiting.add(id);
    this.#whenDue(id).then(() => this.#refill(id));
  }

  /** Readers may have asked for it meanwhile: the bound counts from the last fill's begin. */
  async #whenDue(id: number): Promise<void> {
    for (let wait = this.#left(id); wait > 0; wait = this.#left(id)) await this.#ports.clock.sleep(wait);
  }

  #left(id: number): number {
    const { clock, freshnessMs, numbered } = this.#ports;
    const record = numbered(id);
    return record ? record.lastFillBegan + freshnessMs(record) - clock.now() : 0;
  }

  #refill(id: number): void {
    this.#waiting.delete(id);
    const record = this.#ports.numbered(id);
    if (record) this.#ports.refill(record);
  }
}
