import { mustExist } from "../cache/entry/options.ts";
import type { Fence as LibraryFence } from "../cache/invalidation/fence.ts";
import { keeperClass } from "../keeper/durable-object.ts";
import type { KeeperCalls } from "../keeper/protocol/calls.ts";
import { PerBinding } from "../runtime/per-binding.ts";
import { CONFIG_HASH, createFence } from "./cache-fence.ts";

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
type Binding = Namespace | DurableObjectNamespace;

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
  return FENCES.get(binding, name, () => createFence(() => stubOf(binding as Namespace, name, locationHint)));
}

/** The Durable Object for it: `export { LibraryKeeper as Keeper } from "tidemark/keeper"`. */
export class LibraryKeeper extends keeperClass<unknown>(() => ({
  settings: {
    configHash: CONFIG_HASH,
    tables: new Map(),
    declared: { dependsOn: new Map(), tables: new Set() },
    audiences: { roles: [], recheckMs: 0, claims: new Map() },
    limits: {
      maxKeys: 0,
      registryBytes: 0,
      newKeysPerClientPerMinute: 0,
      kvWritesPerDay: 0,
      refillsPerMinute: 0,
      keeperMemoryBytes: 0,
    },
    // Otherwise bounds of a second would write more rows a day than the free plan allows.
    ownerTrustMs: 2_000,
    auditEveryMs: 0,
    schemaReloadMs: 0,
    flightDeadlineMs: 0,
  },
  // It registers and fills nothing: the library loads values itself.
  origin: {
    fetch: async () => ({ kind: "failed", reason: "unreachable" }),
    whoami: async () => "failed",
  },
  store: { put: async () => {} },
  digest: async () => "",
  database: null,
})) {}

/** A fresh stub each time: after an error of the object a stub stays broken (docs/design/platform.md). */
function stubOf(namespace: Namespace, name: string, locationHint: DurableObjectLocationHint | undefined) {
  return namespace.get(namespace.idFromName(name), locationHint ? { locationHint } : {});
}
