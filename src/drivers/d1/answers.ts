import { type KeptRows, keptObjects, keptRows, NotKept, objectsOf, rowsOf } from "./cells.ts";

// What D1 answers, as an entry keeps it.

/** An answer of `all` or `run`. `run` of an older D1 has no `results`. */
export type Answer = {
  readonly meta: Readonly<Record<string, unknown>> & { readonly changes?: number };
  readonly results?: readonly Record<string, unknown>[];
};

interface KeptAnswer {
  /** All but `results`. */
  readonly rest: object;
  readonly kept?: KeptRows;
}

/** @returns undefined when it cannot be kept */
export function keepAnswer({ results, ...rest }: Answer): KeptAnswer | undefined {
  return orNothing(() => ({ rest, ...(results && { kept: keptObjects(results) }) }));
}

/** With `cached: true` and `cache_age_ms` in its `meta`. */
export function answerOf(value: unknown, ageMs: number): Answer {
  const { rest, kept } = value as KeptAnswer;
  // What is in memory is frozen, and of all readers.
  const { meta, ...others } = copied(rest) as Answer;
  return {
    ...others,
    meta: { ...meta, cached: true, cache_age_ms: Math.round(ageMs) },
    ...(kept && { results: objectsOf(kept) }),
  };
}

/** What `raw({ columnNames: true })` answers: the names, then the rows. @returns undefined when it cannot be kept */
export const keepRaw = (answer: readonly (readonly unknown[])[]): unknown =>
  orNothing(() => keptRows(answer));

export const rawOf = (value: unknown): unknown[][] => rowsOf(value as KeptRows["rows"]);

/** A copy of JSON. */
function copied(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copied);
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) copy[name] = copied((value as Record<string, unknown>)[name]);
  return copy;
}

function orNothing<T>(keep: () => T): T | undefined {
  try {
    return keep();
  } catch (error) {
    if (error instanceof NotKept) return undefined;
    throw error;
  }
}
