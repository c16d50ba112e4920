import { BELIEVED_FOR_MS } from "../../src/keeper/protocol/constants.ts";
import { Random } from "../../testing/random.ts";
import { PEOPLE } from "../database/people.ts";
import { QUERIES } from "../database/queries.ts";
import type { Definition } from "../database/rows.ts";
import { SIGNED_IN_QUERIES } from "../database/signed-in-queries.ts";
import type { ReadEvent } from "../history/history.ts";
import { EPOCH } from "../platform/clock.ts";
import type { Isolate } from "./isolate.ts";
import type { World } from "./world.ts";

/** Earlier breakers and single flights are over by then. */
const PAUSE_MS = 15_000;

/** The database's word for a token must still count then. */
const SHORT_PAUSE_MS = 1_000;

const TRIES = 3;

const HOUR_MS = 3_600_000;

/**
 * Once all is quiet, a new isolate must get every answer through the cache, and a correct one; owed work must be
 * done, and nothing may exceed its cap (I4, I5, I9, I11).
 */
export async function examine(world: World): Promise<void> {
  const { conditions, timeline, host } = world;
  const { settings, auditor, orders, truth, violated, kv, weather } = conditions;
  weather.clear();
  if (orders.setMode) await switchOn(world);
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
  if (settings.signedIn && settings.changesCome === "by-pull") await examineSignedIn(world, isolate);
  await examineMirrors(world);
  const stats = await host.owner.call(Random.spread(0), (object) => object.stats(null));
  if (stats.keys > settings.maxKeys) violated(`I11. ${stats.keys} keys are registered`);
  if (kv.writes > settings.kvWritesPerDay * (1 + world.storagesLost))
    violated(`I11. ${kv.writes} writes to KV`);
}

/** Some fail, as above. */
async function switchOn(world: World): Promise<void> {
  const { conditions, timeline } = world;
  let isDone = false;
  for (let time = 0; time < TRIES && !isDone; time++) {
    world.orderOutside({ mode: "on" }, Random.spread(time)).then(
      () => {
        isDone = true;
      },
      () => {},
    );
    await timeline.run(timeline.now + BELIEVED_FOR_MS + PAUSE_MS);
  }
  if (!isDone) conditions.violated("I9. the mode cannot be set, though nothing is broken");
}

const READ = {
  kind: "read" as const,
  isolate: 0,
  boundMs: 0,
  client: null,
  cancelAfter: null,
  keepsWord: true,
};

/** Each mirror answers again, by its own word. */
async function examineMirrors({ mirrors, timeline, conditions, host }: World): Promise<void> {
  for (const mirror of mirrors) {
    const { configHash } = host;
    const request = { ...SYNC, configHash, mirror: mirror.name };
    let isAnswered = false;
    mirror
      .call(Random.spread(0), (object) => object.sync(request))
      .then(
        ({ kind }) => {
          isAnswered = kind === "synced";
        },
        () => {},
      );
    await timeline.run(timeline.now + SHORT_PAUSE_MS);
    if (!isAnswered) conditions.violated(`I9. ${mirror.name} does not answer, though nothing is broken`);
  }
}

const SYNC = { since: null, boundMs: 500, token: null, client: null, report: null };

/** So must everybody who signs in, with a new token, as soon as it is known. */
async function examineSignedIn(world: World, isolate: Isolate): Promise<void> {
  const { timeline, signedInReaders, conditions } = world;
  const { sessions, violated } = conditions;
  for (const person of PEOPLE.keys()) {
    sessions.issue(person, EPOCH + timeline.now, HOUR_MS);
    for (const [query, { search }] of SIGNED_IN_QUERIES.entries()) {
      let how: string | null = null;
      for (let time = 0; time <= TRIES && !isCached(how); time++) {
        const event = { ...READ, kind: "signed-in-read" as const, query, person, back: 0 };
        const answer = signedInReaders.read(event, isolate, undefined, Random.spread(query));
        await timeline.run(timeline.now + SHORT_PAUSE_MS);
        how = await answer;
      }
      if (!isCached(how) && !isUnknown(search, conditions.postgres.definition))
        violated(
          `I9. ${search} is not served to person ${person} from the cache (${how}), though nothing is broken`,
        );
    }
  }
}

function isCached(how: string | null): boolean {
  return how?.startsWith("fwd=bypass") === false;
}

/** What is not understood is not cached (S4), nor what turned out to have been misunderstood (S10). */
function isUnknown(search: string, { opaque, untold }: Definition): boolean {
  return (opaque || untold) && search.startsWith("posts");
}
