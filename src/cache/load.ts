import { within } from "./deadline.ts";
import type { Entry } from "./entry.ts";
import { CacheError } from "./errors.ts";
import type { Refusal } from "./events.ts";
import { lifetimeOf } from "./freshness.ts";
import { freeze, Held } from "./held.ts";
import { type Name, namesOf } from "./names.ts";
import { type Policy, tagsBefore, tagsFor, termsFor } from "./policy.ts";
import type { StandardSchema } from "./ports.ts";
import type { Scope } from "./scope.ts";
import type { Begun } from "./witness.ts";

/** What a load is given. */
export interface LoadContext {
  readonly key: string;
  /** Aborts when the load has taken longer than `hardTimeout`: pass it to `fetch`. */
  readonly signal: AbortSignal;
}

export type Load<T> = (context: LoadContext) => T | Promise<T>;

/** Where things stood when a load began; its result is judged by that. */
export interface Departure {
  readonly startedAt: number;
  readonly mark: number;
  readonly begun: Begun;
}

/** A value made ready. */
export interface Prepared {
  /** The value as everybody gets it, from this load and from any tier later. */
  readonly value: unknown;
  /** What others may be given of it, now; missing when it is not plain data or nothing can be proven of it. */
  readonly held?: Held;
  /** What to store, or why nothing is. */
  readonly kept: Entry | Refusal;
}

export function depart(scope: Scope, names: readonly Name[]): Departure {
  const { clock, fence, witness } = scope.isolate;
  return { startedAt: clock.now(), mark: fence.mark, begun: witness.begin(names) };
}

/** @throws what `load` throws, or CacheError `load-timeout`. */
export async function runLoad<T>(scope: Scope, key: string, load: Load<T>, hardMs: number): Promise<T> {
  const { clock } = scope.isolate;
  const startedAt = clock.now();
  const abort = new AbortController();
  try {
    // Async, so that a `load` that throws at once rejects like any other.
    const loading = (async () => load({ key, signal: abort.signal }))();
    const value = await within(clock, hardMs, loading, (): never => {
      const error = new CacheError("load-timeout", `loading ${key} took longer than ${hardMs} ms`);
      abort.abort(error);
      throw error;
    });
    scope.report({ type: "load", key, durationMs: clock.now() - startedAt });
    return value;
  } catch (error) {
    scope.report({ type: "load-error", key, error });
    throw error;
  }
}

/**
 * Encodes, decodes and validates a value, so that whoever loaded it sees exactly what later readers will: a `Date`
 * is a string for all of them, not for all but the first.
 *
 * @throws CacheError `invalid-value` when the schema refuses it.
 */
export async function prepare(
  scope: Scope,
  key: string,
  policy: Policy,
  loaded: unknown,
  departure: Departure,
): Promise<Prepared> {
  const { isolate } = scope;
  let text: string | undefined;
  let value: unknown;
  if (loaded !== undefined) {
    text = encode(scope, loaded);
    if (text === undefined) {
      return { value: await validated(policy.schema, loaded), kept: "not-serializable" };
    }
    value = freeze(await validated(policy.schema, scope.codec.decode(text)));
  }
  const terms = termsFor(policy, loaded, scope.random);
  if (terms.capped) scope.report({ type: "lifetime-capped", key });

  const tags = tagsFor(policy, loaded);
  const names = namesOf(scope.path, key, tags);
  // A keeper's position counts for all names: there is nothing to learn of those that came with the value.
  if (tags !== tagsBefore(policy) && !isolate.witness.coversKeys) await isolate.witness.learn(names, scope);
  if (departure.mark < isolate.fence.last(names)) return { value, kept: "invalidated-meanwhile" };
  const note = isolate.witness.note(names, departure.begun, departure.startedAt);
  if (note === undefined) return { value, kept: "cannot-prove" };

  const { ttlMs, staleMs, errorMs } = terms;
  const { startedAt, mark } = departure;
  const entry = {
    text,
    startedAt,
    ttlMs,
    staleMs,
    errorMs,
    isolate: isolate.fence.isolate,
    mark,
    tags,
    note,
  };
  const held = new Held(
    entry,
    value,
    policy.schema !== undefined,
    names,
    isolate.clock.now() + isolate.memoryTtlMs,
  );
  if (lifetimeOf(terms) <= 0) return { value, held, kept: "no-lifetime" };
  if ((text?.length ?? 0) > scope.maxValueLength) return { value, held, kept: "too-large" };
  return { value, held, kept: entry };
}

/** An entry from the store, made ready; `undefined` when it cannot be decoded or the schema refuses it. */
export async function open(
  scope: Scope,
  key: string,
  policy: Policy,
  entry: Entry,
): Promise<Held | undefined> {
  try {
    const value =
      entry.text === undefined
        ? undefined
        : freeze(await validated(policy.schema, scope.codec.decode(entry.text)));
    const { isolate } = scope;
    const names = namesOf(scope.path, key, entry.tags);
    const memoryUntil = isolate.clock.now() + isolate.memoryTtlMs;
    const held = new Held(entry, value, policy.schema !== undefined, names, memoryUntil);
    // When another machine began is told on its clock, and proves nothing on ours (PROTOCOL, rule 1).
    if (entry.isolate !== isolate.fence.isolate) held.provenAt = Number.NEGATIVE_INFINITY;
    return held;
  } catch {
    return undefined;
  }
}

/** A value that was set or loaded without a schema, for a caller who has one; false when the schema refuses it. */
export async function validateHeld(held: Held, schema: StandardSchema): Promise<boolean> {
  try {
    held.value = freeze(await validated(schema, held.value));
    held.validated = true;
    return true;
  } catch {
    return false;
  }
}

async function validated(schema: StandardSchema | undefined, value: unknown): Promise<unknown> {
  if (schema === undefined) return value;
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map((issue) => issue.message).join("; ");
  throw new CacheError("invalid-value", `the value does not pass its schema: ${issues}`, {
    cause: result.issues,
  });
}

/** The value as text, or `undefined` when that would lose it: a Response or a Map becomes `{}` in JSON. */
function encode(scope: Scope, value: unknown): string | undefined {
  const opaque =
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    scope.codec === jsonCodec &&
    !("toJSON" in value) &&
    (ArrayBuffer.isView(value) ||
      (Object.keys(value).length === 0 && ![Object.prototype, null].includes(Object.getPrototypeOf(value))));
  if (opaque) return undefined;
  try {
    const text: unknown = scope.codec.encode(value);
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}

export const jsonCodec = {
  encode: (value: unknown): string => JSON.stringify(value),
  decode: (text: string): unknown => JSON.parse(text),
};
