/** Turns values into text and back. The default is JSON. */
export interface Codec {
  /** Never gets `undefined`, which means that there is no such thing. */
  encode(value: unknown): string;
  /** May throw anything on text that `encode` cannot have produced; the entry then counts as absent. */
  decode(text: string): unknown;
}

export const jsonCodec: Codec = {
  encode: (value) => {
    try {
      return JSON.stringify(value);
    } catch {
      // Leaves a BigInt out, so that `mustSurvive` can say where it was. Anything else throws again.
      return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? undefined : inner));
    }
  },
  decode: (text) => JSON.parse(text),
};

/**
 * Compares a loaded value with what JSON made of it, which is what will be served. This also finds a getter or a proxy
 * that gives something else on the second read. Plain objects, lists, texts, finite numbers, booleans and null survive;
 * a member that is undefined may be missing, and -0 becomes 0. A `toJSON` is trusted (a `Date` is a string), except on
 * bytes, or when it gives null or undefined, as an invalid date does.
 *
 * @throws TypeError that says what is lost, e.g. `value.tags[0] (Set) is not plain JSON`; RangeError when the value is
 * nested too deeply for the stack; and anything that the value's own code throws
 */
export function mustSurvive(loaded: Any, later: Any, path = "value"): void {
  const value = ArrayBuffer.isView(loaded) ? loaded : (loaded?.toJSON?.() ?? loaded);
  if (isObject(value) && later) {
    const isList = Array.isArray(value);
    if (isList || [null, Object.prototype].includes(Object.getPrototypeOf(value))) {
      const keys = Object.keys(value);
      // The holes of a list have no keys, and are null in JSON.
      const { length } = isList ? value : keys;
      for (let at = 0; at < length; at++) {
        const key = isList ? at : (keys[at] as string);
        const inner = value[key];
        // Most members are equal texts or numbers, and need no path.
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
