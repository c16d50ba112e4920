import type { Entry } from "./entry.ts";
import { CacheError } from "./errors.ts";
import type { Refusal } from "./events.ts";
import { lifetimeOf } from "./freshness.ts";
import { freeze, type Held, holdable } from "./held.ts";
import type { Name } from "./names.ts";
import type { Call } from "./offer.ts";
import { termsFor } from "./policy.ts";
import type { Codec, StandardSchema } from "./ports.ts";
import type { Scope } from "./scope.ts";
import type { Begun } from "./witness.ts";

/** Where things stood when a load began; its result is judged by that. */
export interface Departure {
  readonly startedAt: number;
  readonly mark: number;
  readonly begun: Begun;
}

/** A value made ready: as everybody gets it, from this load and from any tier later. */
export type Prepared = Storable | Refused;

interface Storable {
  readonly value: unknown;
  readonly held: Held;
  readonly kept: Entry;
}

interface Refused {
  readonly value: unknown;
  /** What those who joined are given, now; missing when it is not plain data or nothing can be proven of it. */
  readonly held?: Held;
  /** Why it is not stored. */
  readonly kept: Refusal;
}

export function depart(scope: Scope, names: readonly Name[]): Departure {
  const { clock, fence, witness } = scope.isolate;
  return { startedAt: clock.now(), mark: fence.mark, begun: witness.begin(names) };
}

/**
 * Encodes, decodes and validates a value, so that whoever loaded it sees exactly what later readers will: a `Date`
 * is a string for all of them, not for all but the first.
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
  if (loaded !== undefined) {
    text = encode(codec, loaded);
    if (text !== undefined) value = codec.decode(text);
    if (schema !== undefined) value = await validated(schema, value);
    if (text === undefined) return { value, kept: "not-serializable" };
    freeze(value);
  }
  const { capped, ...terms } = termsFor(policy, loaded, scope.random);
  if (capped) scope.report({ type: "lifetime-capped", key });

  let { names } = call;
  let { tags } = policy;
  if (typeof tags === "function") {
    tags = loaded === undefined ? [] : tags(loaded as never);
    names = isolate.namesOf(scope.path, key, tags);
    // A keeper's position counts for all names: there is nothing to learn of those that came with the value.
    if (!witness.coversKeys) await witness.learn(names, scope);
  }
  const { startedAt, mark, begun } = departure;
  if (mark < fence.last(names)) return { value, kept: "invalidated-meanwhile" };
  const note = witness.note(names, begun, startedAt);
  if (note === undefined) return { value, kept: "cannot-prove" };

  const proof = { startedAt, ...terms, isolate: fence.isolate, mark, tags, note };
  const held = holdable(proof, value, schema !== undefined, names, isolate.clock.now() + isolate.memoryTtlMs);
  if (lifetimeOf(proof) <= 0) return { value, held, kept: "no-lifetime" };
  if (text !== undefined && text.length > scope.maxValueLength) return { value, held, kept: "too-large" };
  return { value, held, kept: { text, proof } };
}

/** A value that was set or loaded without a schema, for a caller who has one; false when the schema refuses it. */
export async function validateHeld(held: Held, schema: StandardSchema): Promise<boolean> {
  try {
    held.value = freeze(await validated(schema, held.value));
    held.validated = true;
  } catch {
    // Not a value for this caller: it is loaded again.
  }
  return held.validated;
}

export async function validated(schema: StandardSchema, value: unknown): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ message }) => message).join("; ");
  throw new CacheError("invalid-value", `the value does not pass its schema: ${issues}`, {
    cause: result.issues,
  });
}

/** The value as text, or `undefined` when that would lose it. */
function encode(codec: Codec, value: unknown): string | undefined {
  try {
    const text: unknown = codec.encode(value);
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}

export const jsonCodec: Codec = {
  encode: (value) => {
    const text = JSON.stringify(value);
    // In JSON a Response or a Map becomes `{}`, and bytes an object of numbers.
    const opaque =
      text === "{}" ? ![Object, undefined].includes(constructorOf(value)) : ArrayBuffer.isView(value);
    if (opaque && !("toJSON" in (value as object))) throw new TypeError("not plain data");
    return text;
  },
  decode: (text) => JSON.parse(text),
};

function constructorOf(value: unknown): ObjectConstructor | undefined {
  return (value as { readonly constructor?: ObjectConstructor }).constructor;
}
