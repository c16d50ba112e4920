import type { Codec, StandardSchema } from "../stores/store.ts";
import { CacheError } from "./errors.ts";
import { MAX_VIEWS } from "./limits.ts";
import type { Held } from "./memory-entry.ts";

// What lies in memory is text; what a reader is given is a view of it. Each schema has one of its own, decoded and
// parsed once: what one schema makes of a value, a `Date` or a default, is nothing to a reader with another.

/** What a reader with this schema is given. @throws CacheError `invalid-value`, and what the codec throws */
export async function viewed(held: Held, codec: Codec, schema: StandardSchema | undefined): Promise<unknown> {
  if (held.schema !== schema) {
    const { text, views } = held;
    if (text !== undefined && !views.has(schema)) {
      const value = await validated(schema, codec.decode(text));
      // A schema that is written inline is another one each time.
      if (views.size >= MAX_VIEWS) views.clear();
      views.set(schema, freeze(value));
    }
    held.value = views.get(schema);
    held.schema = schema;
  }
  return held.value;
}

/** What the schema makes of a value, if there are both; a promise only then. @throws CacheError `invalid-value` */
export function validated(schema: StandardSchema | undefined, value: unknown): unknown {
  return schema === undefined || value === undefined ? value : passed(schema, value);
}

async function passed(schema: StandardSchema, value: unknown): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ message }) => message).join("; ");
  throw new CacheError("invalid-value", `the schema refuses it: ${issues}`, {
    cause: result.issues,
  });
}

/**
 * Freezes plain objects and arrays all the way down. Callers share what lies in memory; one who sorts or edits it in
 * place gets a TypeError instead of changing what everybody else is given.
 */
export function freeze(value: unknown): unknown {
  const pending = [value];
  // Not by recursion: how deep it may go depends on who calls.
  for (const one of pending) {
    if (typeof one === "object" && !Object.isFrozen(one) && !ArrayBuffer.isView(one)) {
      for (const inner of Object.values(Object.freeze(one as object))) pending.push(inner);
    }
  }
  return value;
}
