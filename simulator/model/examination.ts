import { Random } from "../../testing/random.ts";
import { QUERIES } from "../database/queries.ts";
import type { ReadEvent } from "../history/history.ts";
import type { World } from "./world.ts";

/** Earlier breakers and single flights are over by then. */
const PAUSE_MS = 15_000;

const TRIES = 3;

/**
 * Once all is quiet, a new isolate must get every answer through the cache, and a correct one; owed work must be
 * done, and nothing may exceed its cap (I4, I5, I9, I11).
 */
export async function examine(world: World): Promise<void> {
  const { conditions, timeline, host } = world;
  const { settings, auditor, truth, violated, kv, weather } = conditions;
  weather.clear();
  const isolate = world.newIsolate(0);
  /** Some fail: an instance that finds the database restored ends without notice. */
  const ask = async (query: number): Promise<string | null> => {
    const { key } = (QUERIES[query] as (typeof QUERIES)[number]).read;
    let kind = await askOnce(query);
    for (let time = 1; time < TRIES && !isolate.memory.get(key); time++) kind = await askOnce(query);
    return kind;
  };
  const askOnce = async (query: number): Promise<string | null> => {
    const event: ReadEvent = { ...READ, query };
    const answer = world.readers.read(event, isolate, undefined, Random.spread(query));
    await timeline.run(timeline.now + PAUSE_MS);
    return answer;
  };
  await ask(0);
  const { fence } = isolate.reader;
  if (!fence) {
    violated("I9. a new isolate gets no fence, though nothing is broken");
    return;
  }
  if (settings.ttlMs > PAUSE_MS * 10 && settings.kvWritesPerDay > 1_000) auditor.debts(fence);
  for (const [query, { read }] of QUERIES.entries()) {
    const kind = await ask(query);
    const held = isolate.memory.get(read.key);
    if (held && new TextDecoder().decode(held.body) !== truth.current(query) && fence.proven)
      violated(`I5. ${read.path} is not what the database says, and nothing happens any more`);
    if (!held && kind !== "direct: unknown-embed")
      violated(`I9. ${read.path} is not served from the cache (${kind}), though nothing is broken`);
  }
  const stats = await host.owner.call(Random.spread(0), (object) => object.stats(null));
  if (stats.keys > settings.maxKeys) violated(`I11. ${stats.keys} keys are registered`);
  if (kv.writes > settings.kvWritesPerDay * (1 + world.storagesLost))
    violated(`I11. ${kv.writes} writes to KV`);
}

const READ = {
  kind: "read" as const,
  isolate: 0,
  boundMs: 0,
  client: null,
  cancelAfter: null,
  keepsWord: true,
};
