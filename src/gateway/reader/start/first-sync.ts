import type { Clock } from "../../../runtime/clock.ts";
import { within } from "../../../runtime/deadline.ts";

/** A key of which a read has been passed on waits this long for the first sync: until then the others wait together. */
const KEY_WAITS_MS = 250;

/** How many keys are told apart; more are passed on. */
const MOST_KEYS = 1_000;

interface FirstSyncPorts {
  readonly clock: Clock;
  readonly timeouts: { readonly syncMs: number; readonly startMs: number };
}

/**
 * Decides how long reads wait in an isolate that has not heard from the keeper yet. The keeper may be starting, which
 * takes longer than the database takes to answer, and an isolate cannot know. So a read waits for a moment only (L1), and is
 * passed on. Of each key it is one read at first, so that a crowd at a new isolate far from the keeper still costs the
 * database one request (I3).
 */
export class FirstSync {
  readonly #ports: FirstSyncPorts;
  /** When the first read began to wait; null: none has. */
  #since: number | null = null;
  readonly #passedOn = new Set<string>();

  constructor(ports: FirstSyncPorts) {
    this.#ports = ports;
  }

  /**
   * What the sync brings, or "late": the read is to be passed on, while the sync goes on.
   *
   * @param reaching never rejects
   */
  async wait<R>(key: string, reaching: Promise<R>): Promise<R | "late"> {
    const { clock, timeouts } = this.#ports;
    const now = clock.now();
    // Past its deadline that sync has failed. In both directions: the clock may have been set back.
    if (this.#since === null || Math.abs(now - this.#since) >= timeouts.syncMs) {
      this.#since = now;
      this.#passedOn.clear();
    }
    const waits = this.#passedOn.has(key) ? Math.max(KEY_WAITS_MS, timeouts.startMs) : timeouts.startMs;
    const left = Math.max(0, this.#since + waits - now);
    const reached = await within(clock, left, reaching, () => "late" as const);
    if (reached === "late" && this.#passedOn.size < MOST_KEYS) this.#passedOn.add(key);
    return reached;
  }
}
