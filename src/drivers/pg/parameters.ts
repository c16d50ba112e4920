import { toBase64 } from "../read/base64.ts";

/** Parameters as they are sent: copies, so that nobody changes them between the key and the question. */
export interface SentParameters {
  readonly values: readonly unknown[];
  /** Undefined: they cannot be told apart by a text. */
  readonly key: string | undefined;
}

/** Thrown for what a key cannot tell. */
class Untellable extends Error {}

export function sentParameters(values: readonly unknown[]): SentParameters {
  try {
    const told = values.map(tell);
    return { values: told.map(({ sent }) => sent), key: JSON.stringify(told.map(({ text }) => text)) };
  } catch (error) {
    // Whatever a `toJSON` throws, the driver will say.
    void error;
    return { values, key: undefined };
  }
}

interface ToldParameter {
  readonly sent: unknown;
  /** For the key, as JSON. */
  readonly text: unknown;
}

function tell(value: unknown): ToldParameter {
  if (value === undefined || value === null) return { sent: null, text: null };
  switch (typeof value) {
    case "string":
    case "boolean":
      return { sent: value, text: value };
    case "number":
      return { sent: value, text: { n: Object.is(value, -0) ? "-0" : String(value) } };
    case "bigint":
      return { sent: value, text: { i: String(value) } };
    case "object":
      return tellObject(value);
    default:
      throw new Untellable();
  }
}

function tellObject(value: object): ToldParameter {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    // `pg` knows a `Buffer` from other bytes only inside of lists.
    const sent = value instanceof Uint8Array ? Uint8Array.prototype.slice.call(value) : value;
    return { sent, text: { b: toBase64(bytes) } };
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new Untellable();
    return { sent: new Date(value), text: { d: value.getTime() } };
  }
  if (Array.isArray(value)) {
    const all = value.map(tell);
    return { sent: all.map(({ sent }) => sent), text: all.map(({ text }) => text) };
  }
  if (typeof (value as { toPostgres?: unknown }).toPostgres === "function") throw new Untellable();
  // What `pg` makes of an object.
  const json = JSON.stringify(value);
  if (json === undefined) throw new Untellable();
  return { sent: json, text: { j: json } };
}
