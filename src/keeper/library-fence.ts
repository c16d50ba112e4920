import { systemClock } from "../cache/clock.ts";
import type { Fence as LibraryFence } from "../cache/fence.ts";
import { SteadyClock, TICK_MS } from "../cache/steady-clock.ts";
import { Breaker } from "./breaker.ts";
import { keeperClass } from "./durable-object.ts";
import { FenceKeeper } from "./fence-keeper.ts";
import type { KeeperCalls, Position } from "./messages.ts";
import { bucketOf } from "./names.ts";
import { Reporter } from "./reporter.ts";

/** The library's keeper has no configuration: names are all it knows. */
const CONFIG_HASH = "library";

const SYNC_DEADLINE_MS = 2_000;

type Namespace = DurableObjectNamespace<KeeperCalls & Rpc.DurableObjectBranded>;

export interface KeeperFenceOptions {
  /** Name of the Durable Object. Another name is another keeper, which knows nothing. Default: `"library"`. */
  readonly name?: string;
  /** Where it should live; the default is near who first asks. */
  readonly locationHint?: DurableObjectLocationHint;
}

/** One fence for each keeper in an isolate: what it knows is shared by all requests. */
const FENCES = new WeakMap<Namespace, Map<string, LibraryFence>>();

/**
 * The fence for `createCache({ keeper: keeperFence(env.KEEPER), freshness: "1s" })`: invalidation is exact within
 * `freshness` in every isolate, and most hits cost no call. Cheap to call for every request.
 */
export function keeperFence(namespace: Namespace, options: KeeperFenceOptions = {}): LibraryFence {
  const { name = "library", locationHint } = options;
  const known = FENCES.get(namespace) ?? new Map<string, LibraryFence>();
  FENCES.set(namespace, known);
  const fence = known.get(name) ?? createFence(() => stubOf(namespace, name, locationHint));
  known.set(name, fence);
  return fence;
}

/** The Durable Object for it: `export { LibraryKeeper as Keeper } from "tidemark/keeper"`. */
export const LibraryKeeper = keeperClass<unknown>(() => ({
  settings: {
    configHash: CONFIG_HASH,
    tables: new Map(),
    limits: {
      maxKeys: 0,
      newKeysPerClientPerMinute: 0,
      kvWritesPerDay: 0,
      refillsPerMinute: 0,
      keeperMemoryBytes: 0,
    },
    flightDeadlineMs: 0,
  },
  // It registers and fills nothing: the library loads by itself.
  origin: { fetch: async () => ({ kind: "failed", reason: "unreachable" }) },
  store: { put: async () => {} },
}));

/** A fresh stub each time: after an error of the object a stub stays broken (PLATFORM). */
function stubOf(namespace: Namespace, name: string, locationHint: DurableObjectLocationHint | undefined) {
  return namespace.get(namespace.idFromName(name), locationHint ? { locationHint } : {});
}

export function createFence(
  keeper: () => Pick<KeeperCalls, "sync" | "invalidate">,
  platform = systemClock,
): LibraryFence {
  const clock = new SteadyClock(platform, TICK_MS);
  const fences = new FenceKeeper({
    clock,
    keeper,
    reporter: new Reporter(),
    breaker: new Breaker(clock),
    configHash: CONFIG_HASH,
    timeouts: { syncMs: SYNC_DEADLINE_MS },
  });
  clock.onStep = () => fences.forget();
  let heard: Position | undefined;
  return {
    clock,
    get asOf() {
      return fences.fence?.asOf ?? Number.NEGATIVE_INFINITY;
    },
    position() {
      const { fence } = fences;
      if (!fence) return undefined;
      // A position of a generation that is gone is none.
      return heard?.generation === fence.generation && heard.mark > fence.mark ? heard : fence.position;
    },
    accepts: (names, position) =>
      fences.fence?.accepts({ ...position, buckets: names.map(bucketOf) }) ?? false,
    sync: (need, asker) => fences.reach(need, null, asker.anchor),
    async invalidate(names) {
      const position = await keeper().invalidate(names);
      fences.fence?.learn(names.map(bucketOf), position);
      if (heard?.generation !== position.generation || heard.mark < position.mark) heard = position;
      return position;
    },
  };
}
