import type { Cache } from "../../cache/cache.ts";
import { rows } from "../../cache/rows.ts";
import { randomFrom } from "../../cache/test-suite/chaos-store.ts";
import { laboratory } from "../../cache/testing/laboratory.ts";
import { laggingStore } from "../../cache/testing/lagging-store.ts";
import { OWNED_FOR_MS } from "../../keeper/changes/owned-feed.ts";
import { settle, VirtualClock } from "../../runtime/virtual-clock.ts";
import { createFence } from "../cache-fence.ts";
import { Host } from "./host.ts";
import { RowDatabase, type Shows } from "./row-database.ts";

const AUTHORS = 6;
const POSTS = 30;
const STEPS = 600;
const SHOWS: readonly Shows[] = ["all", "ids"];

/** What one history came to. */
export interface RowHistory {
  readonly reads: number;
  readonly hits: number;
  /** The first read that was older than its bound; null: none was. */
  readonly violation: string | null;
}

/** What an isolate reads: rows of the database, and what is invalidated by a tag. */
interface Value {
  readonly posts: string;
  readonly told: number;
}

/** A random history of three isolates, a keeper and a database to which everything happens that may. */
export async function rowHistory(seed: number): Promise<RowHistory> {
  const random = randomFrom(seed + 1);
  const boundMs = [1_000, 300, 0, 5_000][seed % 4] as number;
  const upTo = (count: number) => Math.floor(random() * count);
  const clock = new VirtualClock();
  const hop = () => upTo(60);
  const database = new RowDatabase(clock, hop);
  const host = new Host(clock, hop, database);
  const lab = laboratory(laggingStore(clock, random));
  const isolate = (stub: () => ReturnType<Host["stub"]>) => {
    const fence = createFence(stub, clock);
    return lab.isolate({ fence, clock: fence.clock, freshness: `${boundMs}ms`, ttl: "1d" }).cache;
  };
  const caches = [isolate(() => host.stub()), isolate(() => host.stub()), isolate(() => host.oldStub())];
  const work: Promise<unknown>[] = [];
  let [hits, reads, told] = [0, 0, 0];
  let violation: string | null = null;
  const announced: { readonly told: number; readonly at: number }[] = [];

  const read = (cache: Cache, author: number) => {
    const start = clock.now();
    const shows = SHOWS[upTo(2)] as Shows;
    const load = async (): Promise<Value> => {
      await clock.sleep(upTo(50));
      const seen = { posts: database.answer(author, shows), told };
      await clock.sleep(upTo(500));
      return seen;
    };
    const spelled = [author, String(author), `${author}.0`, BigInt(author)][upTo(4)] as number;
    // A superseded keeper takes itself for the owner for a while, and is not told what the next one is.
    const due = start - boundMs - (cache === caches[2] ? OWNED_FOR_MS : 0);
    const least = Math.max(0, ...announced.filter(({ at }) => at < due).map((each) => each.told));
    reads++;
    const columns = shows === "ids" ? ["id", "author_id"] : undefined;
    const options = { tags: ["t"], reads: [rows("posts", { author_id: spelled }, columns)] };
    const done = cache.lookup(`${shows}:${author}`, load, options).then(({ value, status, tier }) => {
      if (status === "hit") hits++;
      const isPossible = database.possible(author, start - boundMs, shows).includes(value.posts);
      if (isPossible && value.told >= least) return;
      violation ??= `I1. ${author} at ${start}: ${JSON.stringify(value)}, least ${least} (${status} from ${tier})`;
    });
    work.push(done);
  };
  const invalidate = () => {
    const now = ++told;
    const note = () => announced.push({ told: now, at: clock.now() });
    work.push((caches[upTo(3)] as Cache).invalidateTags("t").then(note, () => {}));
  };

  for (let step = 0; step < STEPS && violation === null; step++) {
    const choice = random();
    if (choice < 0.7) read(caches[upTo(3)] as Cache, upTo(AUTHORS));
    else if (choice < 0.85) database.put({ id: upTo(POSTS), author_id: upTo(AUTHORS), likes: step });
    else if (choice < 0.88) database.delete(upTo(POSTS));
    else if (choice < 0.885) database.truncate();
    else if (choice < 0.89) host.end(random() < 0.2);
    else if (choice < 0.895) host.supersede();
    else if (choice < 0.905) host.down = random() < 0.3;
    else if (choice < 0.915) database.isDown = random() < 0.3;
    else if (choice < 0.92) database.rebuild();
    else if (choice < 0.945) database.install();
    else if (choice < 0.9475) database.refollow();
    else if (choice < 0.95) database.backUp();
    else if (choice < 0.955) database.restore();
    else if (choice < 0.965) await database.prune();
    else if (choice < 0.975) invalidate();
    else if (choice < 0.98) {
      // Nobody reads for a while, and the database forgets what it has told.
      await clock.advance(10_000);
      await database.prune();
    }
    if (random() < 0.5) await clock.advance(upTo(400));
  }
  await clock.advance(60_000);
  await Promise.all(work);
  await settle();
  return { reads, hits, violation };
}

/** What chance brings about too seldom. The first violation; null: there is none. */
export async function directedRowHistories(): Promise<string | null> {
  return (await superseded()) ?? (await undone());
}

function isolateOver(lab: ReturnType<typeof laboratory>, stub: () => ReturnType<Host["stub"]>): Cache {
  const fence = createFence(stub, lab.clock);
  return lab.isolate({ fence, clock: fence.clock, freshness: "1s", ttl: "1d" }).cache;
}

/** A keeper that is superseded, and does not know it: its pulls succeed, and what the other is told it never hears. */
async function superseded(): Promise<string | null> {
  const lab = laboratory();
  const { clock } = lab;
  const host = new Host(clock, () => 0, new RowDatabase(clock));
  const here = isolateOver(lab, () => host.oldStub());
  const there = isolateOver(lab, () => host.stub());
  const read = (cache: Cache, value: string) =>
    cache.getOrSet("k", () => value, { tags: ["t"], reads: [rows("posts")] });
  await read(here, "old");
  await read(here, "old");
  host.supersede();
  await read(there, "old");
  await there.invalidateTags("t");
  await clock.advance(5_000);
  const value = await read(here, "new");
  await lab.background();
  return value === "new" ? null : `I1. ${value}, five seconds after it was invalidated`;
}

/** Triggers go and come back while the keeper asks what there is: it finds what it knew, and has missed what was between. */
async function undone(): Promise<string | null> {
  const lab = laboratory();
  const { clock } = lab;
  const database = new RowDatabase(clock, () => 30);
  const host = new Host(clock, () => 0, database);
  const cache = isolateOver(lab, () => host.stub());
  const read = () => cache.getOrSet("k", () => database.answer(1), { reads: [rows("posts")] });
  for (let n = 0; n < 2; n++) {
    const done = read();
    await clock.advance(1_000);
    await done;
  }
  database.rebuild();
  database.put({ id: 1, author_id: 1, likes: 0 });
  await clock.advance(5_000);
  const reading = read();
  // The page is on its way back, and tells of the schema without triggers.
  await clock.advance(45);
  database.install();
  await clock.advance(1_000);
  const value = await reading;
  return value === database.answer(1) ? null : `I1. ${value}, five seconds after it was changed`;
}
