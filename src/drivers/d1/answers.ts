import { type KeptRows, keptObjects, keptRows, NotKept, objectsOf, rowsOf } from "./cells.ts";

// What D1 answers, as an entry keeps it.

/** An answer of `all` or `run`. `run` of an older D1 has no `results`. */
export type Answer = { readonly meta: object; readonly results?: readonly Record<string, unknown>[] };

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
  const { meta, ...others } = JSON.parse(JSON.stringify(rest)) as Answer;
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

/** How many rows the statement before has changed itself: those that its triggers have changed are not among them. */
export const CHANGES = "SELECT changes() AS n";

/** @param counted what `CHANGES` has answered */
export function withChanges(answer: Answer, counted: Answer | undefined): Answer {
  const changes = counted?.results?.[0]?.n;
  return changes === undefined ? answer : { ...answer, meta: { ...answer.meta, changes } };
}

function orNothing<T>(keep: () => T): T | undefined {
  try {
    return keep();
  } catch (error) {
    if (error instanceof NotKept) return undefined;
    throw error;
  }
}
