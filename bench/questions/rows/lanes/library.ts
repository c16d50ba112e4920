import type { Cache } from "../../../../src/cache/cache.ts";
import { createCache } from "../../../../src/cache/create.ts";
import type { LoadOptions } from "../../../../src/cache/entry/policy.ts";
import { createFence } from "../../../../src/fence/cache-fence.ts";
import type { Duration } from "../../../../src/runtime/duration.ts";
import { type Page, type PageValue, readsOf, tablesReadBy, tagsOf } from "../blog/pages.ts";
import type { Bodies, Table } from "../blog/schema.ts";
import type { Write } from "../blog/writes.ts";
import { Causes } from "../causes.ts";
import { BlogKeeper } from "../keeper.ts";
import { BlogKv, REFUSED } from "../kv.ts";
import { DISTANCES, type Lane, load, noLaneCounts, type Running, type Surroundings } from "./lane.ts";

type PageOptions = LoadOptions<PageValue>;

export interface Use {
  readonly name: string;
  readonly promiseMs: number;
  /** `followed`: with a source of changes; `told`: it hears what the Worker invalidates; `none`: there is no keeper. */
  readonly keeper: "followed" | "told" | "none";
  readonly freshness?: Duration;
  readonly options: (page: Page, bodies: Bodies) => PageOptions;
  /** What the Worker invalidates after a write of its own. */
  readonly tags?: (write: Write) => readonly string[];
}

/** Where somebody tells of changes, entries live for longer than the trace. */
const LONG: Duration = "7d";

/** The invalidation leaves after the commit, and the promise counts from its arrival. */
const TOLD_AFTER_MS = DISTANCES.keeperMs;

export function rowsLane(boundMs: number): Lane {
  return libraryLane({
    name: `rows, ${boundMs / 1_000} s`,
    promiseMs: boundMs,
    keeper: "followed",
    freshness: `${boundMs}ms`,
    options: (page, bodies) => ({ ttl: LONG, reads: readsOf(page, bodies) }),
  });
}

/** Tags by hand, and nobody forgets one. */
export function tagsLane(boundMs: number): Lane {
  return libraryLane({
    name: `tags by hand, ${boundMs / 1_000} s`,
    promiseMs: boundMs + TOLD_AFTER_MS,
    keeper: "told",
    freshness: `${boundMs}ms`,
    options: (page) => ({ ttl: LONG, tags: tagsOf(page) }),
    tags: ({ tags }) => tags,
  });
}

const tableTag = (table: Table) => `table-${table}`;

/** As ORMs' caches do it: a write drops whatever has read its table. */
export function tablesLane(boundMs: number): Lane {
  return libraryLane({
    name: `hooks by table, ${boundMs / 1_000} s`,
    promiseMs: boundMs + TOLD_AFTER_MS,
    keeper: "told",
    freshness: `${boundMs}ms`,
    options: (page, bodies) => ({ ttl: LONG, tags: tablesReadBy(page, bodies).map(tableTag) }),
    tags: ({ tables }) => tables.map(tableTag),
  });
}

export const TTL: Lane = libraryLane({
  name: "TTL 60 s",
  promiseMs: 60_000,
  keeper: "none",
  options: () => ({ ttl: "60s" }),
});

/** A window as long as its time to live, as examples of Accelerate's have it. */
export const TTL_SWR: Lane = libraryLane({
  name: "TTL 60 s, SWR 60 s",
  promiseMs: 120_000,
  keeper: "none",
  options: () => ({ ttl: "60s", staleWhileRevalidate: "60s" }),
});

/** One cache an isolate, over Workers KV; and a keeper. */
export function libraryLane(use: Use): Lane {
  const { name, promiseMs, keeper } = use;
  return { name, promiseMs, isProven: keeper !== "told", start: (surroundings) => start(use, surroundings) };
}

function start({ keeper, freshness, options, tags }: Use, surroundings: Surroundings): Running {
  const { timeline, database, isolates, places, random } = surroundings;
  const clock = timeline.clock();
  const counts = noLaneCounts();
  const findings: string[] = [];
  const source = keeper === "followed" ? database.capture.source : null;
  const object = keeper === "none" ? null : new BlogKeeper(timeline, counts, source);
  const kv = new BlogKv(timeline);
  const causes = new Causes(database, keeper === "followed");
  const ctx = {
    waitUntil: (work: Promise<unknown>) => void work.catch((error) => findings.push(String(error))),
  };
  const open = (isolate: number): Cache => {
    const fence = object && createFence(() => object.stub(), clock);
    return createCache({
      ...{ clock: fence?.clock ?? clock, ctx, random, kv: kv.binding(isolate % places) },
      ...(fence && { fence, freshness }),
      onEvent: (event) => {
        if (event.type !== "store-error" && event.type !== "load-error") return;
        if (!String(event.error).includes(REFUSED)) findings.push(String(event.error));
      },
    });
  };
  const caches = Array.from({ length: isolates }, (_, isolate) => open(isolate));
  replaceInTurn(surroundings, (isolate) => {
    caches[isolate] = open(isolate);
  });
  return {
    async read({ page, isolate }) {
      const loading = async (): Promise<PageValue> => {
        counts.loads++;
        const { text, commits } = await load(surroundings, page);
        causes.loaded({ page, isolate, place: isolate % places, text, commits });
        return JSON.parse(text) as PageValue;
      };
      const cache = caches[isolate] as Cache;
      const { value, status } = await cache.lookup(page.key, loading, options(page, database.bodies));
      return { text: textOf(value), isHit: status !== "miss" };
    },
    ...(tags && {
      wrote: ({ write }, isolate) => (caches[isolate] as Cache).invalidateTags(tags(write)),
    }),
    counts: () => ({
      ...{ ...counts, keeperRows: object?.rowsWritten ?? 0 },
      ...{ kvReads: kv.reads, kvWrites: kv.writes, kvRefused: kv.refused },
    }),
    causes: () => ({ ...causes.counts }),
    findings,
  };
}

/** Isolates come and go, one after another. */
function replaceInTurn(
  { timeline, isolates, isolateLivesMs }: Surroundings,
  replace: (isolate: number) => void,
): void {
  const again = (isolate: number) => {
    replace(isolate);
    timeline.after(isolateLivesMs, () => again(isolate));
  };
  for (let isolate = 0; isolate < isolates; isolate++)
    timeline.after((isolateLivesMs * (isolate + 1)) / isolates, () => again(isolate));
}

const TEXTS = new WeakMap<PageValue, string>();

/** A value in memory is frozen, and served many times. */
function textOf(value: PageValue): string {
  let text = TEXTS.get(value);
  if (text === undefined) {
    text = JSON.stringify(value);
    TEXTS.set(value, text);
  }
  return text;
}
