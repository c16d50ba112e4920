import type { Proof } from "./entry.ts";
import { CLOCK_SKEW_MS } from "./limits.ts";
import type { Name } from "./names.ts";

/** An entry as it lies in memory: decoded, validated and frozen once, and judged as rarely as possible. */
export interface Held {
  /** What callers are given; `undefined` is the knowledge that there is no such thing. */
  value: unknown;
  /** A schema has passed it. Which one is not remembered: a schema written inline is another one each time. */
  validated: boolean;
  readonly proof: Proof;
  readonly names: readonly Name[];
  /** Until when memory is believed without asking the store. */
  memoryUntil: number;
  /** The latest moment, on this isolate's clock, for which the entry is proven. */
  provenAt: number;
  /** No refresh in the background before this, after one has failed. */
  retryAt: number;
  // While the epoch is this one and the clock between these two, a hit needs no further thought.
  quietEpoch: number;
  readonly quietFrom: number;
  quietUntil: number;
}

export function holdable(
  proof: Proof,
  value: unknown,
  validated: boolean,
  names: readonly Name[],
  memoryUntil: number,
): Held {
  const { startedAt } = proof;
  return {
    value,
    validated,
    proof,
    names,
    memoryUntil,
    provenAt: startedAt,
    retryAt: 0,
    quietEpoch: -1,
    quietFrom: startedAt - CLOCK_SKEW_MS,
    quietUntil: 0,
  };
}

/**
 * Freezes plain objects and arrays all the way down. Callers share what lies in memory; one who sorts or edits it in
 * place gets a TypeError instead of changing what everybody else is given.
 */
export function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value) && !ArrayBuffer.isView(value)) {
    for (const inner of Object.values(Object.freeze(value))) freeze(inner);
  }
  return value;
}
