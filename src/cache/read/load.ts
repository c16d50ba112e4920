import { within } from "../../runtime/deadline.ts";
import type { Scope } from "../context/context.ts";
import { CacheError } from "../entry/errors.ts";

/** What a load is given. */
export interface LoadContext {
  readonly key: string;
  /** Aborts when the load has taken longer than `hardTimeout`: pass it to `fetch`. */
  readonly signal: AbortSignal;
}

export type Load<T> = (context: LoadContext) => T | Promise<T>;

/** @throws what `load` throws, or CacheError `load-timeout`. */
export async function runLoad<T>(scope: Scope, key: string, load: Load<T>, hardMs: number): Promise<T> {
  const { clock } = scope.isolate;
  const startedAt = clock.now();
  let made: AbortController | undefined;
  // Made when it is asked for: most loads do not, and it costs more than all the rest of a load.
  const controller = () => {
    made ??= new AbortController();
    return made;
  };
  const context = {
    key,
    get signal() {
      return controller().signal;
    },
  };
  const value = await within(clock, hardMs, Promise.resolve(load(context)), (): never => {
    const error = new CacheError("load-timeout", `loading ${key} took longer than ${hardMs} ms`);
    controller().abort(error);
    throw error;
  });
  scope.report({ type: "load", key, durationMs: clock.now() - startedAt });
  return value;
}

/** For the `catch` of a load. */
export function failed(scope: Scope, key: string): (error: unknown) => never {
  return (error) => {
    scope.report({ type: "load-error", key, error });
    throw error;
  };
}
