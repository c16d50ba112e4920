import type { Clock } from "../cache/clock.ts";
import { REFILLS_WAITING } from "./constants.ts";
import type { KeyRecord } from "./key-record.ts";
import { RateLimit } from "./rate-limit.ts";

interface RefillsPorts {
  readonly clock: Clock;
  readonly perMinute: number;
  /**
   * A key's own bound: it is not refilled more often than that, however often it changes. With 0 not at all: its
   * readers ask the keeper in any case, and would be spared no more than the keeper's way to the origin.
   */
  readonly freshnessMs: (record: KeyRecord) => number;
  readonly refill: (record: KeyRecord) => void;
}

/**
 * Asks anew for keys in demand once a change has invalidated them, ahead of their next reader. A convenience
 * inside a budget: what is dropped here, a reader brings about.
 */
export class Refills {
  readonly #ports: RefillsPorts;
  readonly #waiting = new Set<KeyRecord>();
  readonly #limit: RateLimit;

  constructor(ports: RefillsPorts) {
    this.#ports = ports;
    this.#limit = new RateLimit(ports.perMinute, ports.clock.now());
  }

  schedule(record: KeyRecord): void {
    const { clock, freshnessMs, refill } = this.#ports;
    if (!record.readSinceFill || freshnessMs(record) === 0) return;
    if (this.#waiting.has(record) || this.#waiting.size >= REFILLS_WAITING) return;
    const now = clock.now();
    if (!this.#limit.take(now)) return;
    this.#waiting.add(record);
    this.#whenDue(record).then(() => {
      this.#waiting.delete(record);
      refill(record);
    });
  }

  /** Readers may have asked for it meanwhile: the bound counts from the last fill's begin. */
  async #whenDue(record: KeyRecord): Promise<void> {
    const { clock, freshnessMs } = this.#ports;
    const left = () => record.lastFillBegan + freshnessMs(record) - clock.now();
    for (let wait = left(); wait > 0; wait = left()) await clock.sleep(wait);
  }
}
