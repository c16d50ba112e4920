import type { PgCallback, PgQueryConfig, PgTypes } from "./shapes.ts";

/** A call of `query`, in any of its shapes. */
export type QueryCall = TextCall | OpaqueCall;

export interface TextCall {
  readonly kind: "text";
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly name: string | undefined;
  readonly asArrays: boolean;
  readonly types: PgTypes | undefined;
  /** False: it has options that are not understood. */
  readonly isPlain: boolean;
  /** The config to send it as it came, without its callback. */
  readonly config: PgQueryConfig;
  readonly callback: PgCallback | undefined;
}

/** A cursor, a stream, or an error. */
interface OpaqueCall {
  readonly kind: "opaque";
  readonly sql: string;
}

const UNDERSTOOD = new Set(["text", "values", "name", "rowMode", "types", "callback"]);

export function queryCall(given: readonly unknown[]): QueryCall {
  const [first, second, third] = given;
  const config: PgQueryConfig | undefined =
    typeof first === "string" ? { text: first } : ((first as PgQueryConfig | null) ?? undefined);
  const isStream = typeof (config as { submit?: unknown } | undefined)?.submit === "function";
  const sql = config?.text ?? (config as { cursor?: { text?: string } } | undefined)?.cursor?.text;
  if (typeof config !== "object" || isStream || typeof sql !== "string") {
    return { kind: "opaque", sql: typeof sql === "string" ? sql : "" };
  }
  const isCallback = typeof second === "function";
  const values =
    (isCallback ? undefined : (second as readonly unknown[] | null | undefined)) ?? config.values;
  const callback = (isCallback ? second : third) ?? config.callback;
  if (callback !== undefined && typeof callback !== "function") return { kind: "opaque", sql };
  if (values !== undefined && values !== null && !Array.isArray(values)) return { kind: "opaque", sql };
  const { callback: _, ...rest } = config;
  return {
    kind: "text",
    sql,
    values: values ?? [],
    name: config.name,
    asArrays: config.rowMode === "array",
    types: config.types,
    isPlain: Object.keys(config).every((key) => UNDERSTOOD.has(key)),
    config: values ? { ...rest, values } : rest,
    callback: callback as PgCallback | undefined,
  };
}

/** Gives a promise's end to a callback, or the promise itself where there is none. */
export function delivered<T>(
  ending: Promise<T>,
  callback: ((error: unknown, result?: T) => void) | undefined,
): Promise<T> | undefined {
  if (callback === undefined) return ending;
  // In a turn of its own: what a callback throws is not the promise's.
  ending.then(
    (result) => queueMicrotask(() => callback(null, result)),
    (error: unknown) => queueMicrotask(() => callback(error)),
  );
  return undefined;
}
