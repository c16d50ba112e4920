import type { Timeline } from "../../../../testing/time/timeline.ts";
import type { Page } from "../blog/pages.ts";
import type { CauseCounts } from "../causes.ts";
import type { Database } from "../database.ts";
import type { ReadArrival, WriteArrival } from "../trace.ts";

/** Round trips in milliseconds: from an isolate to D1 and to the keeper, and from the keeper to D1. */
export const DISTANCES = { originMs: 30, serviceMs: 2, keeperMs: 20, nearMs: 6 };

/** What a lane has used. */
export interface LaneCounts {
  loads: number;
  keeperCalls: number;
  pulls: number;
  /** Rows written to the keeper's SQLite. */
  keeperRows: number;
  kvReads: number;
  kvWrites: number;
  /** Of these, refused by KV. */
  kvRefused: number;
}

export const noLaneCounts = (): LaneCounts => ({
  ...{ loads: 0, keeperCalls: 0, pulls: 0, keeperRows: 0 },
  ...{ kvReads: 0, kvWrites: 0, kvRefused: 0 },
});

export interface Surroundings {
  readonly timeline: Timeline;
  readonly database: Database;
  readonly isolates: number;
  /** In how many places these are: each has its own view of Workers KV. */
  readonly places: number;
  /** How long an isolate lives. */
  readonly isolateLivesMs: number;
  readonly random: () => number;
}

interface Answer {
  readonly text: string;
  /** Served without waiting for the database. */
  readonly isHit: boolean;
}

/** A lane at work. */
export interface Running {
  read(arrival: ReadArrival): Promise<Answer>;
  /** The Worker has just committed. Not called for writes from outside. */
  wrote?(arrival: WriteArrival, isolate: number): Promise<void>;
  counts(): LaneCounts;
  /** Loads by why they were made; limits do not say. */
  causes?(): CauseCounts;
  readonly findings?: readonly string[];
}

export interface Lane {
  readonly name: string;
  /** How old its answers may be by its own promise; null: it promises nothing. */
  readonly promiseMs: number | null;
  /** It promises that of all writes, from outside as well. */
  readonly isProven: boolean;
  start(surroundings: Surroundings): Running;
}

interface Loaded {
  readonly text: string;
  /** How many commits there had been when the query ran. */
  readonly commits: number;
}

/** A load: half of the way, the query, the other half. */
export async function load({ timeline, database }: Surroundings, page: Page): Promise<Loaded> {
  const half = (DISTANCES.originMs + DISTANCES.serviceMs) / 2;
  await timeline.sleep(half);
  const loaded = { text: database.text(page), commits: database.commits };
  await timeline.sleep(half);
  return loaded;
}
