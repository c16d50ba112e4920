import type { Fence as LibraryFence } from "../cache/invalidation/fence.ts";
import type { KeeperCalls } from "../keeper/protocol/calls.ts";
import { bucketOf } from "../keeper/protocol/names.ts";
import type { Position } from "../keeper/protocol/position.ts";
import { isRowName } from "../rows/row-name.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { within } from "../runtime/deadline.ts";
import { SteadyClock, TICK_MS } from "../runtime/steady-clock.ts";
import { Breaker } from "./breaker.ts";
import { placed } from "./bucket-names.ts";
import { FenceSync } from "./fence-sync.ts";
import { UsageReporter } from "./usage.ts";

/**
 * The library's keeper is configured only by how rows are named (`coarse`), and by how `placed` puts names in buckets. Change this
 * whenever one of them changes.
 */
export const CONFIG_HASH = "library-2";

const SYNC_DEADLINE_MS = 2_000;

/** For both tries together. Longer than a sync's: a read can fall back on its source, an invalidation on nothing. */
const INVALIDATE_DEADLINE_MS = 5_000;

/**
 * The library's fence over a keeper: what this isolate knows of the marks, and how it asks for them.
 *
 * @param keeper gives a fresh stub for each call
 * @param configHash of the keeper: a gateway's has one of its own
 */
export function createFence(
  keeper: () => Pick<KeeperCalls, "sync" | "invalidate">,
  platform: Clock = systemClock,
  configHash = CONFIG_HASH,
): LibraryFence {
  const clock = new SteadyClock(platform, TICK_MS);
  const fences = new FenceSync({
    clock,
    keeper,
    reporter: new UsageReporter(),
    breaker: new Breaker(clock),
    configHash,
    timeouts: { syncMs: SYNC_DEADLINE_MS },
  });
  const listeners: (() => void)[] = [];
  clock.onStep = () => {
    fences.forget();
    for (const listener of listeners) listener();
  };
  let heard: Position | undefined;
  return {
    clock,
    get asOf() {
      return fences.fence?.asOf ?? Number.NEGATIVE_INFINITY;
    },
    position() {
      const { fence } = fences;
      if (!fence) return undefined;
      // A position of a generation that is gone does not count.
      return heard?.generation === fence.generation && heard.mark > fence.mark ? heard : fence.position;
    },
    accepts(names, position) {
      const { fence } = fences;
      if (!fence?.accepts({ ...position, buckets: bucketsOf(names.filter((name) => !isRowName(name))) }))
        return false;
      const rows = names.filter(isRowName);
      return rows.length === 0 || (fence.rows?.accepts(rows, position.mark) ?? false);
    },
    followed() {
      const { fence } = fences;
      return fence === null ? undefined : (fence.rows?.map ?? null);
    },
    async sync(need, asker) {
      return (await fences.reach(need, null, asker.anchor)) !== "failed";
    },
    async invalidate(names) {
      const position = await acknowledged(clock, keeper, names.map(placed));
      fences.fence?.learn(bucketsOf(names), position);
      if (heard?.generation !== position.generation || heard.mark < position.mark) heard = position;
      return position;
    },
    onForget: (listener) => void listeners.push(listener),
  };
}

/** An invalidation may be sent twice, so if the object ended during the call, a fresh stub tries again. */
function acknowledged(
  clock: Clock,
  keeper: () => Pick<KeeperCalls, "invalidate">,
  names: readonly string[],
): Promise<Position> {
  // Async, so that failing to get a stub rejects like any other failure.
  const tell = async () => keeper().invalidate(names);
  const told = tell().catch((error: unknown) => {
    if ((error as { readonly overloaded?: boolean } | null)?.overloaded) throw error;
    return tell();
  });
  return within(clock, INVALIDATE_DEADLINE_MS, told, () => {
    throw new Error(`the keeper did not answer within ${INVALIDATE_DEADLINE_MS} ms`);
  });
}

const bucketsOf = (names: readonly string[]): readonly number[] =>
  names.map((name) => bucketOf(placed(name)));
