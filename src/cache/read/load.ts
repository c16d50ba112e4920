import { within } from "../../runtime/deadline.ts";
import type { Flight } from "../../runtime/single-flight.ts";
import type { Call, Landing, Load } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import { CacheError } from "../entry/errors.ts";
import { type Encoded, encode, startLoad } from "./encode.ts";
import { remember } from "./remember.ts";

export interface Loaded {
  readonly encoded: Encoded;
  /** When the load began, milliseconds since the epoch. */
  readonly startedAt: number;
  /** Whether both tiers have it. */
  readonly stored: boolean | Promise<boolean>;
}

/**
 * Loads, encodes and remembers a value, and lands the flight with it. When that fails, the flight lands without a
 * result, and those that joined it try for themselves.
 *
 * @throws what `load` throws; CacheError `load-timeout`, `invalid-value`
 */
export async function loadAndRemember(
  context: CacheContext,
  call: Call,
  flight: Flight<Landing> | undefined,
): Promise<Loaded> {
  try {
    const start = startLoad(context, call.names);
    const value = await runLoad(context, call.key, call.load, call.policy.hardMs);
    const encoded = await encode(context, call, value, start);
    const stored = remember(context, call, encoded);
    flight?.land(encoded.entry && { entry: encoded.entry, from: "source" });
    // Without a `ctx`, nothing would keep the invocation alive for it.
    if (!context.anchored) await stored;
    return { encoded, startedAt: start.startedAt, stored };
  } catch (error) {
    flight?.land();
    return loadFailed(context, call.key)(error);
  }
}

/** @throws what `load` throws; CacheError `load-timeout` */
export async function runLoad<T>(
  context: CacheContext,
  key: string,
  load: Load<T>,
  hardMs: number,
): Promise<T> {
  const { clock } = context.isolate;
  const startedAt = clock.now();
  let made: AbortController | undefined;
  // Made on demand: most loads do not use it, and it costs more than the rest of a load.
  const controller = () => {
    made ??= new AbortController();
    return made;
  };
  const given = {
    key,
    get signal() {
      return controller().signal;
    },
  };
  const value = await within(clock, hardMs, Promise.resolve(load(given)), (): never => {
    const error = new CacheError("load-timeout", `loading ${key} took longer than ${hardMs} ms`);
    controller().abort(error);
    throw error;
  });
  context.report({ type: "load", key, durationMs: clock.now() - startedAt });
  return value;
}

/** For the `catch` of a load: reports the error and throws it again. */
export function loadFailed(context: CacheContext, key: string): (error: unknown) => never {
  return (error) => {
    context.report({ type: "load-error", key, error });
    throw error;
  };
}
