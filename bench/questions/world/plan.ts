import { DURATION_OF_A_DAY, PRICES } from "../../../src/cost/prices.ts";

/** What a number of busy isolates takes at a bound, day and night. */
export interface Plan {
  readonly isolates: number;
  readonly boundMs: number;
  /** 0: the keeper takes them all. */
  readonly mirrorsPerRegion: number;
  readonly hasHubs: boolean;
  /** A second, of the keeper; and of all objects together. */
  readonly keeperCalls: number;
  readonly calls: number;
  readonly dollarsPerMonth: number;
}

const REGIONS = 9;
/**
 * Calls a bound of a busy isolate, and of a mirror, to which each answer comes with an age (bench/results/world.md and growth.md).
 * Of a short bound, the way takes a part.
 */
const isolateCallsAt = (boundMs: number) => (boundMs <= 1_000 ? 2.4 : 2);
const MIRROR_CALLS = 4;
/** A second: what an object takes by Cloudflare's FAQ, and what leaves it room. */
const MOST_CALLS = 1_000;
const EASY_CALLS = 700;

const DAYS = 30;
const MONTH_S = DAYS * 86_400;

export function planOf(isolates: number, boundMs: number): Plan {
  const perSecond = (calls: number) => (calls * 1_000) / boundMs;
  const ofIsolates = isolates * perSecond(isolateCallsAt(boundMs));
  const mirrorsPerRegion = ofIsolates <= MOST_CALLS ? 0 : Math.ceil(ofIsolates / REGIONS / EASY_CALLS);
  const mirrors = REGIONS * mirrorsPerRegion;
  const ofMirrors = mirrors * perSecond(MIRROR_CALLS);
  const hasHubs = ofMirrors > EASY_CALLS;
  const ofHubs = hasHubs ? REGIONS * perSecond(MIRROR_CALLS) : 0;
  const calls = ofIsolates + ofMirrors + ofHubs;
  const objects = 1 + mirrors + (hasHubs ? REGIONS : 0);
  return {
    ...{ isolates, boundMs, mirrorsPerRegion, hasHubs, calls },
    keeperCalls: hasHubs ? ofHubs : mirrors > 0 ? ofMirrors : ofIsolates,
    dollarsPerMonth:
      beyond("keeperCalls", calls * MONTH_S) + beyond("keeperDuration", objects * DURATION_OF_A_DAY * DAYS),
  };
}

/** Dollars for what goes beyond the paid plan's allowance. */
function beyond(what: "keeperCalls" | "keeperDuration", amount: number): number {
  const { includedPerMonth, dollarsPerMillion } = PRICES[what];
  return (Math.max(0, amount - includedPerMonth) * dollarsPerMillion) / 1e6;
}

/** Isolates and bound. */
const SHOWN: readonly (readonly [number, number])[] = [
  [100, 1_000],
  [400, 1_000],
  [1_000, 1_000],
  [10_000, 1_000],
  [100_000, 1_000],
  [100, 10_000],
  [1_000, 10_000],
  [10_000, 10_000],
  [100_000, 10_000],
  [10_000, 60_000],
  [100_000, 60_000],
];

/** As docs/scaling.md shows it, which a test compares. */
export const PLAN_HEAD = [
  "busy isolates",
  "`freshness`",
  "calls a second",
  "mirrors a region",
  "of these calls, the keeper's",
  "a month",
];

export function planRows(): readonly (readonly string[])[] {
  return SHOWN.map(([isolates, boundMs]) => {
    const { calls, keeperCalls, mirrorsPerRegion, hasHubs, dollarsPerMonth } = planOf(isolates, boundMs);
    const whole = (value: number) => Math.round(value).toLocaleString("en");
    return [
      whole(isolates),
      `\`"${boundMs / 1_000}s"\``,
      whole(calls),
      mirrorsPerRegion === 0 ? "none" : `${mirrorsPerRegion}${hasHubs ? " and a hub" : ""}`,
      whole(keeperCalls),
      `$${whole(dollarsPerMonth)}`,
    ];
  });
}
