import { parentPort } from "node:worker_threads";
import { loadBuild, SMALL } from "./build.ts";
import type { History } from "./history/history.ts";
import { runHistory } from "./history/run-history.ts";
import { Tally } from "./history/tally.ts";
import type { Edit } from "./platform/modules.ts";
import { type Builds, type Found, type Search, search } from "./search.ts";

/** What a thread is asked to do. */
export interface Job {
  readonly id: number;
  /** Mutations of the sources, if any, and a name for them. */
  readonly variant: string;
  readonly edits: readonly Edit[];
  readonly work: ({ readonly kind: "search" } & Search) | { readonly kind: "run"; readonly history: History };
}

export interface JobDone {
  readonly id: number;
  readonly tally: Tally;
  readonly found: Found | null;
  /** Of a single history. */
  readonly violations: readonly string[];
  readonly error: string | null;
}

const loaded = new Map<string, Promise<Builds>>();

async function buildsOf({ edits }: Job): Promise<Builds> {
  const [real, small] = await Promise.all([loadBuild(edits), loadBuild([...SMALL, ...edits])]);
  return { real, small };
}

async function perform(job: Job): Promise<JobDone> {
  const tally = new Tally();
  const done = { id: job.id, tally, found: null, violations: [], error: null };
  try {
    const builds = loaded.get(job.variant) ?? buildsOf(job);
    loaded.set(job.variant, builds);
    const { work } = job;
    if (work.kind === "search") return { ...done, found: await search(await builds, tally, work) };
    const { small, real } = await builds;
    const build = work.history.settings.isSmall ? small : real;
    return { ...done, violations: await runHistory(work.history, build, tally) };
  } catch (error) {
    return { ...done, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** One job after the other, because worlds share Node's globals. */
let last: Promise<void> = Promise.resolve();
parentPort?.on("message", (job: Job) => {
  last = last.then(async () => parentPort?.postMessage(await perform(job)));
});
