import { mustExist } from "../cache/entry/options.ts";
import type { Fence as LibraryFence } from "../cache/invalidation/fence.ts";
import { type KeeperClass, keeperClass } from "../keeper/durable-object.ts";
import type { KeeperCalls } from "../keeper/protocol/calls.ts";
import type { RowSource, ToldRows } from "../rows/row-source.ts";
import { PerBinding } from "../runtime/per-binding.ts";
import { createFence } from "./cache-fence.ts";
import { LIBRARY_PARTS, rowDatabase } from "./library-parts.ts";

type Namespace = DurableObjectNamespace<KeeperCalls & Rpc.DurableObjectBranded>;

/** Which keeper, and where it lives. */
export interface KeeperFenceOptions {
  /**
   * Name of the Durable Object. Another name is another keeper, which starts with no knowledge. Default: `"library"`.
   */
  readonly name?: string;
  /** Where the object should live. Default: near its first caller. */
  readonly locationHint?: DurableObjectLocationHint;
}

/** A binding may be declared with the class's type (as `wrangler types` does) or without it. */
export type Binding = Namespace | DurableObjectNamespace;

/** One fence per keeper in an isolate: all requests share what it knows. */
const FENCES = new PerBinding<LibraryFence>();

/**
 * The fence for `createCache({ kv, ctx, fence: keeperFence(env.KEEPER), freshness: "1s" })`. Every isolate notices an
 * invalidation within `freshness`, and most hits cost no call. Cheap enough to call for every request.
 *
 * @param binding the Durable Object namespace of a Worker that exports `LibraryKeeper`
 * @param options which object to use, and where it lives
 * @throws CacheError `invalid-option` when there is no such binding
 */
export function keeperFence(binding: Binding, options: KeeperFenceOptions = {}): LibraryFence {
  mustExist({ binding }, "binding");
  const { name = "library", locationHint } = options;
  return FENCES.get(binding, name, () => createFence(() => stubOf(binding, name, locationHint)));
}

/**
 * The Durable Object for caches whose database invalidates them:
 *
 * ```ts
 * export const Keeper = libraryKeeper((env: Env) => d1Changes(env.DB));
 * ```
 *
 * @param sourceOf where changes come from; null: caches are only told
 */
export function libraryKeeper<Env>(sourceOf: (env: Env) => RowSource | ToldRows | null): KeeperClass<Env> {
  return keeperClass<Env>((_, env) => {
    const source = sourceOf(env);
    if (source !== null && "told" in source)
      return { ...LIBRARY_PARTS, database: null, rowsOf: () => source.told };
    return { ...LIBRARY_PARTS, database: source && rowDatabase(source) };
  });
}

/** The Durable Object for caches that are only told: `export { LibraryKeeper as Keeper } from "tidemark/keeper"`. */
export class LibraryKeeper extends libraryKeeper<unknown>(() => null) {}

/** A fresh stub each time: after an error of the object a stub stays broken (docs/design/platform.md). */
export function stubOf(binding: Binding, name: string, locationHint: DurableObjectLocationHint | undefined) {
  const namespace = binding as Namespace;
  return namespace.get(namespace.idFromName(name), locationHint ? { locationHint } : {});
}
