import type { Codec } from "./codec.ts";
import { CacheError } from "./errors.ts";
import { MAX_VIEWS } from "./limits.ts";
import type { MemoryEntry } from "./memory-entry.ts";
import type { StandardSchema } from "./standard-schema.ts";

// Memory holds text; a reader gets a view of it. Each schema has a view of its own, decoded and parsed once: a `Date` or
// a default that one schema makes is nothing to a reader with another.

/** What a reader with this schema gets. @throws CacheError `invalid-value`, and anything that the codec throws */
export async function viewOf(
  entry: MemoryEntry,
  codec: Codec,
  schema: StandardSchema | undefined,
): Promise<unknown> {
  if (entry.schema !== schema) {
    const { text, views } = entry;
    if (text !== undefined && !views.has(schema)) {
      const value = await validated(schema, codec.decode(text));
      // A schema that is written inline is a new one each time.
      if (views.size >= MAX_VIEWS) views.clear();
      views.set(schema, freeze(value));
    }
    entry.value = views.get(schema);
    entry.schema = schema;
  }
  return entry.value;
}

/** What the schema makes of a value; a promise only if there are both. @throws CacheError `invalid-value` */
export function validated(schema: StandardSchema | undefined, value: unknown): unknown {
  return schema === undefined || value === undefined ? value : parsed(schema, value);
}

async function parsed(schema: StandardSchema, value: unknown): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ message }) => message).join("; ");
  throw new CacheError("invalid-value", `the schema refuses it: ${issues}`, {
    cause: result.issues,
  });
}

/**
 * Freezes plain objects and arrays all the way down. Callers share what is in memory: one that sorts or edits it in
 * place gets a TypeError, instead of changing what all others get.
 */
export function freeze(value: unknown): unknown {
  const pending = [value];
  // Without recursion, which could overflow the stack.
  for (const one of pending) {
    if (typeof one === "object" && !Object.isFrozen(one) && !ArrayBuffer.isView(one)) {
      for (const inner of Object.values(Object.freeze(one as object))) pending.push(inner);
    }
  }
  return value;
}
