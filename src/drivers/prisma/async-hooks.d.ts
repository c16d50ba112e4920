// `@cloudflare/workers-types` has no Node modules. workerd has this one with `nodejs_compat` or `nodejs_als`.
declare module "node:async_hooks" {
  export class AsyncLocalStorage<T> {
    getStore(): T | undefined;
    run<R>(store: T, callback: () => R): R;
  }
}
