import type { Codec } from "../stores/store.ts";

export const jsonCodec: Codec = {
  encode: (value) => {
    try {
      return JSON.stringify(value);
    } catch {
      // A BigInt is left out, for `mustSurvive` to find it and say where. Whatever else it was is thrown again.
      return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? undefined : inner));
    }
  },
  decode: (text) => JSON.parse(text),
};

/**
 * Compares what was loaded with what JSON made of it, which is what will be served: a getter or a proxy that changes
 * its mind between two reads is found as well. Plain objects, lists, texts, finite numbers, booleans and null survive;
 * a member that is undefined may be missing, and -0 is 0. A value with a `toJSON` decides for itself (a `Date` is a
 * string), unless it is bytes, or gives null or undefined, as an invalid date does.
 *
 * @throws TypeError that says what is lost, e.g. `value.tags[0] (Set) is not plain JSON`; RangeError when the stack is
 * not deep enough for it; and what the value's own code throws
 */
export function mustSurvive(loaded: Any, later: Any, path = "value"): void {
  const value = ArrayBuffer.isView(loaded) ? loaded : (loaded?.toJSON?.() ?? loaded);
  if (isObject(value) && later) {
    const isList = Array.isArray(value);
    if (isList || [null, Object.prototype].includes(Object.getPrototypeOf(value))) {
      const keys = Object.keys(value);
      // Of a list, holes too: they have no keys, and are null in JSON.
      const { length } = isList ? value : keys;
      for (let at = 0; at < length; at++) {
        const key = isList ? at : (keys[at] as string);
        const inner = value[key];
        // Most are the same text or number, and need no path.
        if (isObject(inner) || inner !== later[key]) {
          mustSurvive(inner, later[key], path + (isList ? `[${key}]` : `.${key}`));
        }
      }
      if (keys.length <= length && Object.getOwnPropertySymbols(value).length === 0) return;
    }
  } else if (value === later) {
    return;
  }
  const what = typeof value === "number" ? value : (value?.constructor?.name ?? value);
  throw new TypeError(`${path} (${what}) is not plain JSON`);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

// biome-ignore lint/suspicious/noExplicitAny: it looks into values of any kind
type Any = any;
