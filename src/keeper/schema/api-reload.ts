import type { Clock } from "../../runtime/clock.ts";
import { API_RELOAD_NOTED_EVERY_MS } from "../protocol/constants.ts";
import type { Meta } from "../storage/meta.ts";

const LEFT = "api_reload_left";

interface ApiReloadPorts {
  readonly meta: Meta;
  readonly clock: Clock;
  /** How long the API may answer by its old schema, in milliseconds; 0: not at all. */
  readonly lastsMs: number;
  /**
   * The time is over: nothing that was filled meanwhile may count by changes. `inSameTransaction` writes what belongs to the
   * same transaction.
   */
  readonly over: (inSameTransaction: () => void) => void;
}

/** Writes down that the schema has changed, for an `ApiReload` that is made of this storage. */
export function noteApiReload(meta: Meta, lastsMs: number): void {
  meta.set(LEFT, lastsMs);
}

/**
 * After a change of the schema the API answers by the old one until it has reloaded its schema cache, and nobody tells
 * when that is. For so long, answers are proven by their age only.
 *
 * The time is measured by a timer, not by the clock, which can be set. What is left of it is stored as a duration, since
 * the next instance may be on another machine (P1): time in which there is no instance does not count.
 */
export class ApiReload {
  readonly #ports: ApiReloadPorts;
  #isPending: boolean;
  #leftMs: number;
  /** Of the timer that counts: a later change starts another one. */
  #timer = 0;

  constructor(ports: ApiReloadPorts) {
    this.#ports = ports;
    const left = ports.meta.number(LEFT) ?? 0;
    this.#isPending = left > 0;
    this.#leftMs = Math.min(left, ports.lastsMs);
  }

  /** Goes on where the instance before has ended; to be called once `over` may be. */
  resume(): void {
    if (this.#isPending) void this.#count();
  }

  get isPending(): boolean {
    return this.#isPending;
  }

  /** What was left when it was last noted, in milliseconds. */
  get leftMs(): number {
    return this.#isPending ? this.#leftMs : 0;
  }

  /** The schema has changed: from now on, and all of the time again. */
  begin(): void {
    const { meta, lastsMs } = this.#ports;
    if (lastsMs === 0) return;
    this.#isPending = true;
    this.#leftMs = lastsMs;
    meta.set(LEFT, lastsMs);
    void this.#count();
  }

  async #count(): Promise<void> {
    const { meta, clock, over } = this.#ports;
    const timer = ++this.#timer;
    try {
      while (this.#leftMs > 0) {
        const step = Math.min(this.#leftMs, API_RELOAD_NOTED_EVERY_MS);
        await clock.sleep(step);
        if (timer !== this.#timer) return;
        this.#leftMs -= step;
        if (this.#leftMs > 0) meta.set(LEFT, this.#leftMs);
      }
      over(() => meta.set(LEFT, 0));
      this.#isPending = false;
    } catch {
      // An instance that cannot write has been superseded: it proves nothing by changes any more.
    }
  }
}
