import type { Clock } from "../../runtime/clock.ts";
import type { Meta } from "../storage/meta.ts";

/** The remaining time is stored this often, so the end of an instance adds no more than that. */
export const API_RELOAD_NOTED_EVERY_MS = 15_000;

const LEFT = "api_reload_left";

interface ApiReloadPorts {
  readonly meta: Meta;
  readonly clock: Clock;
  /** How long the API may answer by its old schema, in milliseconds; 0: not at all. */
  readonly lastsMs: number;
  /**
   * The time is over. What was filled meanwhile must be invalidated, in one transaction with what `inSameTransaction`
   * writes.
   */
  readonly ended: (inSameTransaction: () => void) => void;
}

/** Stores that the schema has changed, for the `ApiReload` that will be made from this storage. */
export function noteApiReload(meta: Meta, lastsMs: number): void {
  meta.set(LEFT, lastsMs);
}

/**
 * After a change of the schema the API answers by the old one until it reloads its schema cache, and does not say when
 * that is. For a set time, answers are therefore proven by their age only.
 *
 * A timer measures that time, not the clock, which can be set. The rest of it is stored as a duration, since the next
 * instance may be on another machine (P1). Time without an instance does not count.
 */
export class ApiReload {
  readonly #ports: ApiReloadPorts;
  #isPending: boolean;
  #leftMs: number;
  /** The number of the current timer: a later change starts another one. */
  #timer = 0;

  constructor(ports: ApiReloadPorts) {
    this.#ports = ports;
    const left = ports.meta.number(LEFT) ?? 0;
    this.#isPending = left > 0;
    this.#leftMs = Math.min(left, ports.lastsMs);
  }

  /** Goes on where the previous instance ended. To be called once `ended` may be called. */
  resume(): void {
    if (this.#isPending) void this.#count();
  }

  get isPending(): boolean {
    return this.#isPending;
  }

  /** The milliseconds left, as last stored. */
  get leftMs(): number {
    return this.#isPending ? this.#leftMs : 0;
  }

  /**
   * The schema has changed: the whole time starts again.
   *
   * @returns whether there is such a time
   */
  begin(): boolean {
    const { meta, lastsMs } = this.#ports;
    if (lastsMs === 0) return false;
    this.#isPending = true;
    this.#leftMs = lastsMs;
    meta.set(LEFT, lastsMs);
    void this.#count();
    return true;
  }

  async #count(): Promise<void> {
    const { meta, clock, ended } = this.#ports;
    const timer = ++this.#timer;
    try {
      while (this.#leftMs > 0) {
        const step = Math.min(this.#leftMs, API_RELOAD_NOTED_EVERY_MS);
        await clock.sleep(step);
        if (timer !== this.#timer) return;
        this.#leftMs -= step;
        if (this.#leftMs > 0) meta.set(LEFT, this.#leftMs);
      }
      ended(() => meta.set(LEFT, 0));
      this.#isPending = false;
    } catch {
      // An instance that cannot write was superseded: it proves nothing by changes any more.
    }
  }
}
