import type { Call } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import { jsonCodec, mustSurvive } from "../entry/codec.ts";
import type { Proof } from "../entry/entry.ts";
import { CacheError } from "../entry/errors.ts";
import type { Refusal } from "../entry/events.ts";
import { lifetimeOf } from "../entry/freshness.ts";
import { type MemoryEntry, memoryEntry } from "../entry/memory-entry.ts";
import type { Name } from "../entry/names.ts";
import { termsFor } from "../entry/policy.ts";
import { freeze, validated } from "../entry/views.ts";
import type { Snapshot } from "../invalidation/invalidation-source.ts";

/** What was known when a load began. Its result is judged by that. */
export interface LoadStart {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** The local fence's mark. */
  readonly mark: number;
  readonly snapshot: Snapshot;
}

/** A loaded value as its caller gets it, and the entry to be remembered. */
export type Encoded = Storable | EncodeRefusal;

interface Storable {
  readonly value: unknown;
  readonly entry: MemoryEntry;
  readonly refusal?: undefined;
  readonly error?: undefined;
}

interface EncodeRefusal {
  readonly value: unknown;
  /** For those that joined this load; missing when the value cannot be shared, or nothing is proven. */
  readonly entry?: MemoryEntry;
  /** Why it is not stored. */
  readonly refusal: Refusal;
  /** With `not-serializable`. */
  readonly error?: CacheError;
}

export function startLoad({ isolate }: CacheContext, names: readonly Name[]): LoadStart {
  const { clock, fence, invalidations } = isolate;
  return { startedAt: clock.now(), mark: fence.mark, snapshot: invalidations.snapshot(names) };
}

/**
 * Encodes, decodes and validates a loaded value, so that its caller sees exactly what later readers will: a `Date` is
 * a string for all of them, not for all but the first. A value of which the codec would lose something is left as it
 * is, and not shared.
 *
 * @throws CacheError `invalid-value` when the schema refuses it; `invalid-option` when `ttl` gives no duration
 */
export async function encode(
  context: CacheContext,
  call: Call,
  loaded: unknown,
  { startedAt, mark, snapshot }: LoadStart,
): Promise<Encoded> {
  const { isolate, codec } = context;
  const { fence, invalidations } = isolate;
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

  const { capped, ...terms } = termsFor(policy, loaded, context.random);
  if (capped) context.report({ type: "lifetime-capped", key });
  const { names, tags } = (await isolate.tag?.(context, call, loaded)) ?? { names: call.names, tags: [] };
  if (mark < fence.last(names)) return { value, refusal: "invalidated-meanwhile" };
  const note = invalidations.note(names, snapshot, startedAt);
  if (note === undefined) return { value, refusal: "cannot-prove" };

  const proof = { startedAt, ...terms, isolate: fence.isolate, mark, tags, note };
  const entry = memoryEntry(proof, text, names, isolate.clock.now() + isolate.memoryTtlMs);
  entry.views.set(schema, freeze(value));
  return { value, entry, refusal: refusalOf(context, call, proof, text) };
}

function refusalOf(
  { maxValueLength }: CacheContext,
  { inUse }: Call,
  proof: Proof,
  text = "",
): Refusal | undefined {
  if (lifetimeOf(proof) <= 0) return "no-lifetime";
  if (text.length > maxValueLength) return "too-large";
  return inUse ? "another-schema" : undefined;
}
