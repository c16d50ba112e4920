import type { Entry } from "./entry.ts";
import { CLOCK_SKEW_MS } from "./limits.ts";
import type { Name } from "./names.ts";
import type { Note } from "./witness.ts";

/** An entry as it lies in memory: decoded, validated and frozen once, and judged as rarely as possible. */
export class Held {
  /** What callers are given; `undefined` is the knowledge that there is no such thing. */
  value: unknown;
  /** A schema has passed it. Which one is not remembered: a schema written inline is another one each time. */
  validated: boolean;
  readonly startedAt: number;
  readonly ttlMs: number;
  readonly staleMs: number;
  readonly errorMs: number;
  readonly names: readonly Name[];
  readonly isolate: string;
  readonly mark: number;
  readonly note: Note;
  /** Until when memory is believed without asking the store. */
  memoryUntil: number;
  /** The latest moment, on this isolate's clock, for which the entry is proven. */
  provenAt: number;
  /** No refresh in the background before this, after one has failed. */
  retryAt = 0;
  // While the epoch is this one and the clock between these two, a hit needs no further thought.
  quietEpoch = -1;
  readonly quietFrom: number;
  quietUntil = 0;

  constructor(
    entry: Omit<Entry, "text" | "tags">,
    value: unknown,
    validated: boolean,
    names: readonly Name[],
    memoryUntil: number,
  ) {
    this.value = value;
    this.validated = validated;
    this.startedAt = entry.startedAt;
    this.ttlMs = entry.ttlMs;
    this.staleMs = entry.staleMs;
    this.errorMs = entry.errorMs;
    this.names = names;
    this.isolate = entry.isolate;
    this.mark = entry.mark;
    this.note = entry.note;
    this.memoryUntil = memoryUntil;
    this.provenAt = entry.startedAt;
    this.quietFrom = entry.startedAt - CLOCK_SKEW_MS;
  }
}

/**
 * Freezes plain objects and arrays all the way down. Callers share what lies in memory; one who sorts or edits it in
 * place gets a TypeError instead of changing what everybody else is given.
 */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) {
    return value;
  }
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}
