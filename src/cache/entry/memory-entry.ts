import type { StandardSchema } from "../stores/store.ts";
import type { Entry, Proof } from "./entry.ts";
import type { Name } from "./names.ts";

/** An entry as it lies in memory: decoded once for each schema, and judged as rarely as possible. */
export interface Held extends Entry {
  /** What readers are given, by their schema; `undefined` stands for those without one. See views.ts. */
  readonly views: Map<StandardSchema | undefined, unknown>;
  /** The view that was asked for last, and its schema; `null` while there is none. */
  value: unknown;
  schema: StandardSchema | undefined | null;
  readonly names: readonly Name[];
  /** Until when memory is believed without asking the store. */
  memoryUntil: number;
  /** The latest moment, on this isolate's clock, for which the entry is proven. */
  provenAt: number;
  /** No refresh in the background before this, after one has failed. */
  retryAt: number;
  // While the epoch is this one and the clock between these two, a hit needs no further thought.
  quietEpoch?: number;
  quietUntil: number;
}

export function holdable(
  proof: Proof,
  text: string | undefined,
  names: readonly Name[],
  memoryUntil: number,
): Held {
  const { startedAt } = proof;
  return {
    text,
    views: new Map(),
    value: undefined,
    schema: null,
    proof,
    names,
    memoryUntil,
    provenAt: startedAt,
    retryAt: 0,
    quietUntil: 0,
  };
}
