import { pathToFileURL } from "node:url";
import type { Cache } from "../../../src/cache/cache.ts";
import { createCache } from "../../../src/cache/create.ts";
import { rows } from "../../../src/cache/rows.ts";
import { createFence } from "../../../src/fence/cache-fence.ts";
import type { RowReads } from "../../../src/rows/rows.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { Random } from "../../../testing/random.ts";
import { median } from "../../harness/quantile.ts";
import { Database } from "./database.ts";
import { BlogKeeper } from "./keeper.ts";
import { noLaneCounts } from "./lanes/lane.ts";

export interface HitFigures {
  readonly name: string;
  readonly nanoseconds: number;
  /** This one's time ÷ that of the one named, both of the same round: the median of the rounds. */
  readonly ratio: number;
  /** The least and the most that a process had. */
  readonly range: readonly [number, number];
  readonly of: string;
}

/** Figures of several processes: the median of each. */
export function middleOf(processes: readonly (readonly HitFigures[])[]): readonly HitFigures[] {
  const all = processes.flat();
  return (processes[0] ?? []).map(({ name, of }) => {
    const own = all.filter((each) => each.name === name);
    const ratios = own.map(({ ratio }) => ratio);
    const range = [Math.min(...ratios), Math.max(...ratios)] as const;
    return {
      name,
      of,
      nanoseconds: median(own.map((each) => each.nanoseconds)),
      ratio: median(ratios),
      range,
    };
  });
}

const byName = (one: Candidate, other: Candidate) => (one.name < other.name ? -1 : 1);

interface Candidate {
  readonly name: string;
  readonly of: string;
  readonly read: (key: number) => Promise<unknown>;
}

export interface HitEffort {
  /** In each, every candidate reads each of 1,000 keys once: short enough that few rounds are disturbed. */
  readonly rounds: number;
  /** In which order caches are made: whose comes first is slower by up to a tenth. */
  readonly seed: number;
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
export async function measureHits({ rounds, seed, other }: HitEffort): Promise<readonly HitFigures[]> {
  const makers = new Random(seed).shuffled(other === "" ? withReads() : await besides(other));
  const candidates: Candidate[] = [];
  for (const make of makers) candidates.push(await make());
  const times = new Map(candidates.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round < WARM_UP; round++) for (const candidate of candidates) await timed(candidate);
  for (let round = 0; round < rounds; round++) {
    // Whoever comes first in one round comes last in the next.
    const first = round % candidates.length;
    const order = [...candidates.slice(first), ...candidates.slice(0, first)];
    for (const candidate of order) times.get(candidate.name)?.push(await timed(candidate));
  }
  return candidates.toSorted(byName).map(({ name, of }) => {
    const [own = [], base = []] = [times.get(name), times.get(of)];
    const ratios = own.map((time, round) => time / (base[round] ?? Number.NaN));
    const ratio = median(ratios);
    return { name, of, nanoseconds: median(own), ratio, range: [ratio, ratio] };
  });
}

const WITHOUT = "a keeper, no reads";
const OTHER = "no keeper, by the other checkout";

type Maker = () => Promise<Candidate>;

function withReads(): readonly Maker[] {
  const frontReads: RowReads<Value> = [
    rows("posts"),
    (value) =>
      (value?.posts ?? []).flatMap((id) => [
        rows("comments", { post_id: id }),
        rows("likes", { post_id: id }),
      ]),
  ];
  const one: RowReads<Value> = [rows("posts", { id: 1 })];
  const named = (name: string, optionsOf: (key: number) => object) => async (): Promise<Candidate> => {
    const cache = await followed();
    const read = (key: number) => cache.getOrSet(`page:${key}`, () => VALUE, optionsOf(key));
    return { name, of: WITHOUT, read };
  };
  return [
    named(WITHOUT, () => ({ ttl: "1h" })),
    named(`${WITHOUT}, once more`, () => ({ ttl: "1h" })),
    named("reads of a row, made once", () => ({ ttl: "1h", reads: one })),
    named("reads of a row, made for each call", (key) => ({
      ttl: "1h",
      reads: [rows("posts", { id: key })],
    })),
    named("reads of a table and twenty rows", () => ({ ttl: "1h", reads: frontReads })),
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
async function besides(folder: string): Promise<readonly Maker[]> {
  const url = new URL("src/cache/create.ts", pathToFileURL(`${folder}/`));
  const other = (await import(url.href)) as { createCache: typeof createCache };
  const named = (name: string, create: typeof createCache) => async (): Promise<Candidate> => {
    const cache = create();
    const read = (key: number) => cache.getOrSet(`page:${key}`, () => VALUE, { ttl: "1h" });
    return { name, of: OTHER, read };
  };
  return [named(OTHER, other.createCache), named("no keeper", createCache)];
}

/** @returns nanoseconds for each */
async function timed({ read }: Candidate): Promise<number> {
  // The keeper's answers arrive between two turns.
  await new Promise((resolve) => setImmediate(resolve));
  const start = process.hrtime.bigint();
  for (let key = 0; key < KEYS; key++) await read(key);
  return Number(process.hrtime.bigint() - start) / KEYS;
}
