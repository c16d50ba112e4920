// Names under which isolates count how reads end, beside `outcome:detail`, and the keeper adds up what they report.

/** The first half of these names: how a read was answered. */
export const ANSWERED_AS = ["hit", "stale", "miss", "bypass", "error"] as const;

export type AnsweredAs = (typeof ANSWERED_AS)[number];

/** Makes one of each. */
export function byAnswer<T>(make: (answeredAs: AnsweredAs) => T): Record<AnsweredAs, T> {
  return {
    hit: make("hit"),
    stale: make("stale"),
    miss: make("miss"),
    bypass: make("bypass"),
    error: make("error"),
  };
}

/** All tables together that are not configured. */
export const OTHER_TABLES = "other";

/** What is counted besides: a hit of somebody who signs in, and a request to the origin. */
export const COUNTED_BESIDES = ["signed-in", "origin"] as const;
