import type { Breaker } from "../../fence/breaker.ts";
import type { FenceSync } from "../../fence/fence-sync.ts";
import type { Flight, SingleFlight } from "../../runtime/single-flight.ts";
import type { ReadOutcome } from "../http/outcome.ts";
import type { ReadResult, StartedRead } from "./bounded-read.ts";
import type { HeldAnswer } from "./held-answer.ts";
import type { KeeperFills } from "./keeper-fills.ts";

/** A refill begins this many of its usual durations before the answer is too old, but no later than `LEAST_LEAD_MS`. */
const LEAD = 1.5;
const LEAST_LEAD_MS = 20;

/** Rarely read keys are refilled earlier, six read gaps ahead: a reader may not arrive in time to trigger it. */
const LEAD_GAPS = 6;

/** A sync is asked for when this share of the bound has passed: of who may be far, and of who is near by. */
const SYNC_AFTER = { far: 0.5, near: 0.8 };

interface RefillAheadPorts {
  /** Whether whoever is asked is near by. Absent: nobody is. */
  readonly isNear?: () => boolean;
  readonly breaker: Breaker;
  readonly fences: FenceSync;
  readonly fills: KeeperFills;
  readonly flights: SingleFlight<ReadOutcome>;
}

/** Keeps what a hit has served young: syncs, and refills as late as it can, in the background and ahead of need. */
export class RefillAhead {
  readonly #ports: RefillAheadPorts;

  constructor(ports: RefillAheadPorts) {
    this.#ports = ports;
  }

  /**
   * Does nothing in the first half of the bound.
   *
   * @param accepted whether the present fence accepts the answer
   */
  after(held: HeldAnswer, read: StartedRead, accepted: boolean): void {
    const { breaker, fences, fills, flights, isNear } = this.#ports;
    const { start, boundMs, anchor } = read;
    const half = start - boundMs / 2;
    if (held.provenAt >= half || breaker.open) return;
    const fence = fences.fence;
    // What a mirror says has an age of its own. Whoever asked it when half of the bound has passed would ask again at once.
    const late = start - boundMs * (isNear?.() ? SYNC_AFTER.near : SYNC_AFTER.far);
    if (fence === null || fence.asOf < late) {
      fences.ahead(late, anchor);
    } else if (!accepted) {
      // Each fill begins a period of the bound, so a refill that begins too early costs the origin more of them. A busy
      // key can wait for its last moment; for a quiet one there may be no reader then.
      const gap = start - Math.max(held.soughtAt, held.provenAt + boundMs / 2);
      held.soughtAt = start;
      const lead = Math.min(boundMs / 2, Math.max(LEAST_LEAD_MS, LEAD * held.fillMs, LEAD_GAPS * gap));
      const due = start - boundMs + lead;
      if (held.provenAt >= due) return;
      const flight = flights.lead(read.read.key);
      if (!flight) return;
      // With the reader's own bound it would get the same body back (P13); so it gets one that another isolate's refill
      // has brought since. With a bound of 0 every isolate would ask the origin in turn.
      const work = fills.refresh({ ...read, need: due, token: null }, held, fence);
      anchor(landing(flight, work));
    }
  }
}

/** Ends a flight with what became of it, and ends it in any case. */
export async function landing(flight: Flight<ReadOutcome>, work: Promise<ReadResult>): Promise<void> {
  try {
    const result = await work;
    flight.land("outcome" in result ? result.outcome : undefined);
  } finally {
    flight.land();
  }
}
