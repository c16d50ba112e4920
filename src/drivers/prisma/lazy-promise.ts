import type { AccelerateInfo } from "./info.ts";

/** A promise of Prisma's: it starts when it is awaited, or as part of a transaction. */
export interface LazyPromise extends Promise<unknown> {
  readonly [Symbol.toStringTag]: "PrismaPromise";
  requestTransaction?(transaction: unknown): PromiseLike<unknown>;
}

/** The promise of `start`, with what it tells: itself a promise that `$transaction([…])` takes. */
export function withInfo(start: (tell: (info: AccelerateInfo) => void) => LazyPromise): LazyPromise {
  let info: AccelerateInfo | undefined;
  const promise = start((told) => {
    info = told;
  });
  const both = (data: unknown) => ({ data, info });
  let started: Promise<unknown> | undefined;
  const begin = () => {
    started ??= promise.then(both);
    return started;
  };
  return {
    // biome-ignore lint/suspicious/noThenProperty: it is a promise.
    then: (kept, broken) => begin().then(kept, broken),
    catch: (broken) => begin().catch(broken),
    finally: (settled) => begin().finally(settled),
    requestTransaction: (transaction) => (promise.requestTransaction?.(transaction) ?? promise).then(both),
    [Symbol.toStringTag]: "PrismaPromise",
  };
}
