// Names under which isolates count how reads end, beside `outcome:detail`, and the keeper adds up what they report.

/** All tables together that are not configured. */
export const OTHER_TABLES = "other";

/** What is counted besides: a hit of somebody who signs in, and a request to the origin. */
export const COUNTED_BESIDES = ["signed-in", "origin"] as const;
