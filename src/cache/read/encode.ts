import type { Scope } from "../context/context.ts";
import { CacheError } from "../entry/errors.ts";
import type { Refusal } from "../entry/events.ts";
import { lifetimeOf } from "../entry/freshness.ts";
import { jsonCodec, mustSurvive } from "../entry/json.ts";
import { type Held, holdable } from "../entry/memory-entry.ts";
import type { Name } from "../entry/names.ts";
import { termsFor } from "../entry/policy.ts";
import { freeze, validated } from "../entry/views.ts";
import type { Begun } from "../invalidation/invalidation-source.ts";
import type { Call } from "./candidate.ts";

/** Where things stood when a load began; its result is judged by that. */
export interface Departure {
  readonly startedAt: number;
  readonly mark: number;
  readonly begun: Begun;
}

/** A value made ready: as its loader's caller gets it, and as others will. */
export type Prepared = Storable | Refused;

interface Storable {
  readonly value: unknown;
  readonly held: Held;
  readonly refusal?: undefined;
  readonly error?: undefined;
}

interface Refused {
  readonly value: unknown;
  /** What those who joined are given, now; missing when it cannot be shared, or nothing can be proven of it. */
  readonly held?: Held;
  /** Why it is not stored. */
  readonly refusal: Refusal;
  /** With `not-serializable`. */
  readonly error?: CacheError;
}

export function depart(scope: Scope, names: readonly Name[]): Departure {
  const { clock, fence, witness } = scope.isolate;
  return { startedAt: clock.now(), mark: fence.mark, begun: witness.begin(names) };
}

/**
 * Encodes, decodes and validates a value, so that whoever loaded it sees exactly what later readers will: a `Date`
 * is a string for all of them, not for all but the first. A value of which the codec would lose something is left as
 * it is, and shared with nobody.
 *
 * @throws CacheError `invalid-value` when the schema refuses it.
 */
export async function prepare(
  scope: Scope,
  call: Call,
  loaded: unknown,
  departure: Departure,
): Promise<Prepared> {
  const { isolate, codec } = scope;
  const { fence, witness } = isolate;
  const { key, policy } = call;
  const { schema } = policy;
  let value = loaded;
  let text: string | undefined;
  let error: CacheError | undefined;
  if (loaded !== undefined) {
    try {
      text = codec.encode(loaded);
      value = typeof text === "string" ? codec.decode(text) : undefined;
      if (codec === jsonCodec) mustSurvive(loaded, value);
      if (typeof text !== "string") throw new TypeError("no text");
    } catch (cause) {
      value = loaded;
      error = new CacheError("not-serializable", `${key}: ${String(cause)}`, { cause });
    }
  }
  value = await validated(schema, value);
  if (error !== undefined) return { value, refusal: "not-serializable", error };
  const { capped, ...terms } = termsFor(policy, loaded, scope.random);
  if (capped) scope.report({ type: "lifetime-capped", key });

  const { names, tags } = (await isolate.tag?.(scope, call, loaded)) ?? { names: call.names, tags: [] };
  const { startedAt, mark, begun } = departure;
  if (mark < fence.last(names)) return { value, refusal: "invalidated-meanwhile" };
  const note = witness.note(names, begun, startedAt);
  if (note === undefined) return { value, refusal: "cannot-prove" };

  const proof = { startedAt, ...terms, isolate: fence.isolate, mark, tags, note };
  const held = holdable(proof, text, names, isolate.clock.now() + isolate.memoryTtlMs);
  held.views.set(schema, freeze(value));
  const refusal =
    lifetimeOf(proof) <= 0
      ? "no-lifetime"
      : text && text.length > scope.maxValueLength
        ? "too-large"
        : call.refused === "fresh"
          ? "another-schema"
          : undefined;
  return { value, held, refusal };
}
