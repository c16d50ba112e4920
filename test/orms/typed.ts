/** What of a D1 result says how it was served, and not what the answer is. */
const HOW_SERVED = new Set([
  "cached",
  "duration",
  "rows_read",
  "rows_written",
  "size_after",
  "served_by",
  "served_by_colo",
  "served_by_region",
  "served_by_primary",
  "timings",
  "total_attempts",
]);

/**
 * A value as a text that tells apart what `toEqual` or JSON would not: classes, the order of properties, dates, bytes,
 * bigints, `undefined`, -0.
 */
export function typed(value: unknown): string {
  return text(value, new Set());
}

function text(value: unknown, above: ReadonlySet<object>): string {
  switch (typeof value) {
    case "bigint":
      return `${value}n`;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "string":
      return JSON.stringify(value);
    case "object":
      return value === null
        ? "null"
        : above.has(value)
          ? "circular"
          : ofObject(value, new Set([...above, value]));
    default:
      return String(value);
  }
}

function ofObject(value: object, above: ReadonlySet<object>): string {
  const name = Object.getPrototypeOf(value)?.constructor?.name ?? "null";
  if (Array.isArray(value)) return `[${value.map((one) => text(one, above)).join(", ")}]`;
  if (value instanceof Date)
    return `Date(${Number.isNaN(value.getTime()) ? "invalid" : value.toISOString()})`;
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${hex(new Uint8Array(value))})`;
  if (ArrayBuffer.isView(value)) {
    return `${name}(${hex(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))})`;
  }
  if (value instanceof Map) return `Map${text([...value], above)}`;
  // Decimal.js numbers, whose fields are their own business.
  if ("toFixed" in value && "decimalPlaces" in value) return `${name}(${String(value)})`;
  if (value instanceof Error) return ofError(value, above);
  const fields = Object.entries(value)
    .filter(([field]) => !("changed_db" in value && HOW_SERVED.has(field)))
    .map(([field, one]) => `${field}: ${typeof one === "function" ? "function" : text(one, above)}`);
  return `${name === "Object" ? "" : name}{${fields.join(", ")}}`;
}

function ofError(error: Error, above: ReadonlySet<object>): string {
  const { code, meta, cause } = error as Error & { readonly code?: unknown; readonly meta?: unknown };
  return `${error.name}(${text({ message: error.message, code, meta, cause }, above)})`;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
