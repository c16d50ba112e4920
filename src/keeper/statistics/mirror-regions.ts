import { WAIT_CLASSES } from "../protocol/classes.ts";
import type { MirrorRegionStats } from "../protocol/detailed-statistics.ts";
import { countIn, Durations } from "../protocol/durations.ts";
import { regionOfMirror } from "../protocol/mirrors.ts";
import { ANSWERED_AS, type AnsweredAs } from "../protocol/read-ends.ts";
import type { HistogramCounts, NearMirror, UsageReport } from "../protocol/statistics.ts";
import { ReportedLately } from "./reported-lately.ts";

/** Cloudflare has nine. What a mirror of another version reports beyond it is counted together. */
export const REGIONS_COUNTED = 16;

const OTHER = "other";

const REGION = /^[a-z][a-z-]{0,9}$/;

const COUNTED = ["answered", "failed", "leftAlone", "keeperCalls"] as const;

type RegionTotals = Record<(typeof COUNTED)[number], number>;

interface CountedRegion {
  readonly calls: RegionTotals;
  readonly waitsBy: Partial<Record<AnsweredAs, Durations>>;
  /** Its mirrors, by their names. In memory only. */
  readonly mirrors: ReportedLately;
}

export type StoredRegions = Readonly<
  Record<
    string,
    {
      readonly calls: Partial<RegionTotals>;
      readonly waitsBy: Readonly<Partial<Record<AnsweredAs, HistogramCounts>>>;
    }
  >
>;

/** What mirrors, and the isolates near them, have reported, by region. Whatever is reported, it is bounded (I11, M7). */
export class MirrorRegions {
  readonly #regions = new Map<string, CountedRegion>();

  constructor(stored: StoredRegions = {}) {
    for (const [name, { calls, waitsBy }] of Object.entries(stored)) this.#add(name, calls, waitsBy);
  }

  /** Adds a report of isolates with a mirror near by, or what that mirror has added up. */
  take(near: NearMirror, detailed: UsageReport["detailed"], now: number): void {
    const region = this.#add(regionOfMirror(near.name), near, detailed?.waitsBy);
    // A mirror that does not answer is named by the isolates that ask for it.
    if (countIn(near.keeperCalls) > 0) region.mirrors.note(near.name, now);
  }

  /** By region; only those of which something was reported. */
  stats(now: number): Record<string, MirrorRegionStats> {
    return Object.fromEntries(
      [...this.#regions].map(([name, { calls, waitsBy, mirrors }]) => [
        name,
        {
          ...{ mirrors: mirrors.count(now), ...calls },
          waitsBy: mapped(waitsBy, (waits) => waits.histogram()),
          sumsMs: mapped(waitsBy, (waits) => waits.sumMs),
        },
      ]),
    );
  }

  /** The mirrors that are there stay. */
  reset(): void {
    for (const { calls, waitsBy } of this.#regions.values()) {
      for (const name of COUNTED) calls[name] = 0;
      for (const answeredAs of ANSWERED_AS) delete waitsBy[answeredAs];
    }
  }

  toJSON(): StoredRegions {
    return Object.fromEntries(
      [...this.#regions].map(([name, { calls, waitsBy }]) => [
        name,
        { calls, waitsBy: mapped(waitsBy, (waits) => waits.toJSON()) },
      ]),
    );
  }

  #add(
    reported: string,
    calls: Readonly<Partial<RegionTotals>>,
    waitsBy: Readonly<Partial<Record<AnsweredAs, HistogramCounts>>> = {},
  ): CountedRegion {
    const isKnown = this.#regions.has(reported);
    const isNamed = isKnown || (REGION.test(reported) && this.#regions.size < REGIONS_COUNTED);
    const name = isNamed ? reported : OTHER;
    const region = this.#regions.get(name) ?? {
      calls: { answered: 0, failed: 0, leftAlone: 0, keeperCalls: 0 },
      ...{ waitsBy: {}, mirrors: new ReportedLately() },
    };
    this.#regions.set(name, region);
    for (const counter of COUNTED) region.calls[counter] += countIn(calls[counter]);
    for (const answeredAs of ANSWERED_AS) {
      const waits = waitsBy[answeredAs];
      if (!waits) continue;
      region.waitsBy[answeredAs] ??= new Durations(WAIT_CLASSES);
      region.waitsBy[answeredAs].addAll(waits);
    }
    return region;
  }
}

function mapped<T>(
  waitsBy: Readonly<Partial<Record<AnsweredAs, Durations>>>,
  to: (waits: Durations) => T,
): Partial<Record<AnsweredAs, T>> {
  const all: Partial<Record<AnsweredAs, T>> = {};
  for (const answeredAs of ANSWERED_AS) {
    const waits = waitsBy[answeredAs];
    if (waits) all[answeredAs] = to(waits);
  }
  return all;
}
