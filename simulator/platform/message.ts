/**
 * What arrives of a message: a copy, as `structuredClone` makes it. Most of a message is plain data, which is copied in a
 * fraction of the time.
 *
 * @throws DOMException for anything that a call cannot carry
 */
export function received<T>(sent: T): T {
  return copyOf(sent) as T;
}

function copyOf(value: unknown): unknown {
  if (typeof value === "function" || typeof value === "symbol") return structuredClone(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (value instanceof Uint16Array || value instanceof Float64Array) {
    // A part of a larger buffer would come with all of it.
    if (value.byteLength === value.buffer.byteLength) return value.slice();
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value);
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) copy[name] = copyOf((value as Record<string, unknown>)[name]);
  return copy;
}
