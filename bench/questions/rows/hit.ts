import { pathToFileURL } from "node:url";
import type { Cache } from "../../../src/cache/cache.ts";
import { createCache } from "../../../src/cache/create.ts";
import { rows } from "../../../src/cache/rows.ts";
import { createFence } from "../../../src/fence/cache-fence.ts";
import type { RowReads } from "../../../src/rows/rows.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { median, quantile } from "../../harness/quantile.ts";
import { Database } from "./database.ts";
import { BlogKeeper } from "./keeper.ts";
import { noLaneCounts } from "./lanes/lane.ts";

export interface HitFigures {
  readonly name: string;
  readonly nanoseconds: number;
  /** This one's time ÷ that of the one named, both of the same round: the median, and the quartiles. */
  readonly ratio: number;
  readonly quartiles: readonly [number, number];
  readonly of: string;
}

interface Candidate {
  readonly name: string;
  readonly of: string;
  readonly read: (key: number) => Promise<unknown>;
}

export interface HitEffort {
  /** In each, every candidate reads each of 1,000 keys once: short enough that few rounds are disturbed. */
  readonly rounds: number;
  /** A checkout of another version, to compare hits with. Empty: what `reads` cost is measured. */
  readonly other: string;
}

const KEYS = 1_000;
/** Rounds that only warm up. */
const WARM_UP = 50;
const SHOWN = Array.from({ length: 10 }, (_, index) => index + 1);

interface Value {
  readonly posts: readonly number[];
  readonly text: string;
}

const VALUE: Value = { posts: SHOWN, text: "It comes in twice a day. ".repeat(20) };

/**
 * Memory hits in real time. Candidates take turns, so that ratios are of one time; a process measures one comparison, so that no
 * code is optimized for what the other one does.
 */
export async function measureHits({ rounds, other }: HitEffort): Promise<readonly HitFigures[]> {
  const candidates = other === "" ? await withReads() : await besides(other);
  const times = new Map(candidates.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round < WARM_UP; round++) for (const candidate of candidates) await timed(candidate);
  for (let round = 0; round < rounds; round++) {
    // Whoever comes first in one round comes last in the next.
    const first = round % candidates.length;
    const order = [...candidates.slice(first), ...candidates.slice(0, first)];
    for (const candidate of order) times.get(candidate.name)?.push(await timed(candidate));
  }
  return candidates.map(({ name, of }) => {
    const [own = [], base = []] = [times.get(name), times.get(of)];
    const ratios = own.map((time, round) => time / (base[round] ?? Number.NaN));
    const quartiles = [quantile(ratios, 0.25), quantile(ratios, 0.75)] as const;
    return { name, of, nanoseconds: median(own), ratio: median(ratios), quartiles };
  });
}

const WITHOUT = "a keeper, no reads";
const OTHER = "no keeper, by the other checkout";

async function withReads(): Promise<readonly Candidate[]> {
  const frontReads: RowReads<Value> = [
    rows("posts"),
    (value) =>
      (value?.posts ?? []).flatMap((id) => [
        rows("comments", { post_id: id }),
        rows("likes", { post_id: id }),
      ]),
  ];
  const one: RowReads<Value> = [rows("posts", { id: 1 })];
  const named = (name: string, cache: Cache, optionsOf: (key: number) => object): Candidate => ({
    ...{ name, of: WITHOUT },
    read: (key) => cache.getOrSet(`page:${key}`, () => VALUE, optionsOf(key)),
  });
  return [
    named(WITHOUT, await followed(), () => ({ ttl: "1h" })),
    named(`${WITHOUT}, once more`, await followed(), () => ({ ttl: "1h" })),
    named("reads of a row, made once", await followed(), () => ({ ttl: "1h", reads: one })),
    named("reads of a row, made for each call", await followed(), (key) => ({
      ttl: "1h",
      reads: [rows("posts", { id: key })],
    })),
    named("reads of a table and twenty rows", await followed(), () => ({ ttl: "1h", reads: frontReads })),
  ];
}

/** A cache of its own, whose keeper hears of a blog's changes. */
async function followed(): Promise<Cache> {
  const blog = { bodies: "in posts", posts: 50, authors: 5 } as const;
  const source = (await Database.create(blog, 1, () => Date.now())).capture.source;
  const time = { sleep: systemClock.sleep, clock: () => systemClock };
  const keeper = new BlogKeeper(time, noLaneCounts(), source);
  return createCache({ fence: createFence(() => keeper.stub()), freshness: "1s" });
}

/** Hits of this version, and of another one. */
async function besides(folder: string): Promise<readonly Candidate[]> {
  const url = new URL("src/cache/create.ts", pathToFileURL(`${folder}/`));
  const other = (await import(url.href)) as { createCache: typeof createCache };
  const named = (name: string, cache: Cache): Candidate => ({
    ...{ name, of: OTHER },
    read: (key) => cache.getOrSet(`page:${key}`, () => VALUE, { ttl: "1h" }),
  });
  return [named(OTHER, other.createCache()), named("no keeper", createCache())];
}

/** @returns nanoseconds for each */
async function timed({ read }: Candidate): Promise<number> {
  // The keeper's answers arrive between two turns.
  await new Promise((resolve) => setImmediate(resolve));
  const start = process.hrtime.bigint();
  for (let key = 0; key < KEYS; key++) await read(key);
  return Number(process.hrtime.bigint() - start) / KEYS;
}
