import type { Clock } from "../../runtime/clock.ts";
import { RateLimit } from "../budgets/rate-limit.ts";
import type { KeyRecord } from "../keys/key-record.ts";

/** Refills that wait for their time. Past it, a key waits for its next reader instead. */
const REFILLS_WAITING = 1_000;

interface RefillsPorts {
  readonly clock: Clock;
  readonly perMinute: number;
  /**
   * A key is refilled at most this often, however often it changes. With 0 it is not refilled at all: its readers ask
   * the keeper in any case, and would be spared only the keeper's request to the origin.
   */
  readonly freshnessMs: (record: KeyRecord) => number;
  readonly refill: (record: KeyRecord) => void;
  /** A key by its number. Undefined: it is no longer registered. */
  readonly numbered: (id: number) => KeyRecord | undefined;
}

/**
 * Refills keys in demand after a change has invalidated them, ahead of their next reader. This is a convenience within
 * a budget: a key that is not refilled here is filled by its next reader.
 */
export class Refills {
  readonly #ports: RefillsPorts;
  /** Numbers of keys, so that waiting does not keep a forgotten key in memory. */
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

  /** Waits until the freshness has passed since the last fill began; a reader may cause a fill meanwhile. */
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
