/**
 * What JSON makes of a value, as readers get it: a `Date` or another object with a `toJSON` is what that gives, at any depth.
 * A value with a `Set`, bytes or the like in it cannot be kept: its caller gets it as it was loaded, which no type can tell.
 */
export type Jsonified<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends ArrayBufferView | ((...given: never) => unknown)
      ? T
      : T extends { toJSON(key?: never): infer Text }
        ? Jsonified<Text>
        : { [Name in keyof T]: Jsonified<T[Name]> };

/** How a cache turns values into text: by JSON, or by a codec of the caller's, which may keep more. */
export type Format = "json" | "codec";

/** What readers get of a value that was loaded. */
export type Served<T, F extends Format> = F extends "json" ? Jsonified<T> : T;
