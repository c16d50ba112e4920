import { Lru } from "../../runtime/lru.ts";
import type { DialectName } from "../sql/token.ts";
import { type DriverState, driverState } from "./driver-reads.ts";
import { Plans } from "./plans.ts";

/** Some people give each tenant a name: an isolate of 128 MB must not end by it. */
export const STATE_LIMITS = { maxEntries: 200, maxBytes: 16 * 1024 * 1024 };
/** What is kept of one that has seen nothing yet. */
const EMPTY_BYTES = 4_096;

/**
 * What an isolate keeps of databases, by their names, as a Worker wraps its database anew for each request. The one that was
 * asked for longest ago is forgotten first: its next request reads the catalogue and its statements again, and counts from
 * zero. Whoever has it keeps it.
 */
export class DriverStates {
  readonly #states = new Lru<DriverState>(STATE_LIMITS);
  readonly #dialect: DialectName;

  constructor(dialect: DialectName) {
    this.#dialect = dialect;
  }

  get size(): number {
    return this.#states.size;
  }

  /** Those that differ in what is trusted have statistics in common, and plans of their own. */
  of(name: string, { trustStoredTimes = false }: { readonly trustStoredTimes?: boolean }): DriverState {
    const keyOf = (isTrusted: boolean) => `${isTrusted ? "+" : "-"}${name}`;
    const key = keyOf(trustStoredTimes);
    const state = this.#states.get(key) ?? this.#made(keyOf(!trustStoredTimes), trustStoredTimes);
    // Weighed again each time: it grows. One that is too large for all is kept alone.
    const bytes = EMPTY_BYTES + name.length * 2 + state.plans.bytes + state.statistics.bytes;
    this.#states.set(key, state, Math.min(bytes, STATE_LIMITS.maxBytes));
    return state;
  }

  #made(other: string, trustStoredTimes: boolean): DriverState {
    const plans = new Plans(this.#dialect, { trustStoredTimes });
    return { ...(this.#states.peek(other) ?? driverState(plans)), plans };
  }
}
