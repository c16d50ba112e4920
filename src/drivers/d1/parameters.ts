/** Parameters as D1 gets them: booleans as 1 and 0, bytes as lists of numbers. */
export function boundParameters(values: readonly unknown[]): readonly unknown[] {
  return values.map((value) => {
    if (typeof value === "boolean") return value ? 1 : 0;
    // A list is D1's as it is; a copy, so that nobody changes it between the key and the question.
    if (Array.isArray(value)) return [...value];
    if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
    // Of a `DataView` D1 takes nothing.
    if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
    return value;
  });
}

/** @returns undefined when another list of parameters could have the same text */
export function parameterKey(bound: readonly unknown[]): string | undefined {
  return bound.every(isTold) ? JSON.stringify(bound) : undefined;
}

function isTold(value: unknown): boolean {
  // JSON has no NaN and no infinity, and -0 is 0.
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (Array.isArray(value)) return value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256);
  return typeof value === "string" || value === null;
}
