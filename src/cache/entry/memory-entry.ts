import type { Entry, Proof } from "./entry.ts";
import type { Name } from "./names.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** An entry in memory: decoded once for each schema, and judged as rarely as possible. Times are in milliseconds. */
export interface MemoryEntry extends Entry {
  /** What readers get, by their schema; `undefined` stands for readers without one. See views.ts. */
  readonly views: Map<StandardSchema | undefined, unknown>;
  /** The view that was read last, and its schema; `null` before the first read. */
  value: unknown;
  schema: StandardSchema | undefined | null;
  readonly names: readonly Name[];
  /** From this time on the store must be asked before the entry is served. */
  revalidateAt: number;
  /** The latest time, on this isolate's clock, for which the entry is proven. */
  provenAt: number;
  /** No refresh in the background before this time, because the last one failed. */
  retryAt: number;
  // In this epoch, until this time, the entry is served without being judged again.
  acceptedEpoch?: number;
  acceptedUntil: number;
}

export function memoryEntry(
  proof: Proof,
  text: string | undefined,
  names: readonly Name[],
  revalidateAt: number,
): MemoryEntry {
  return {
    text,
    views: new Map(),
    value: undefined,
    schema: null,
    proof,
    names,
    revalidateAt,
    provenAt: proof.startedAt,
    retryAt: 0,
    acceptedUntil: 0,
  };
}
