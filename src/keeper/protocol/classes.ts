// Classes of durations, in milliseconds: the upper bound of each. The last class has none and holds everything longer.
// Isolates count by them and the keeper adds up what they report, so a change here makes old counts mean something else:
// `KeeperStatistics` starts anew when the number of classes differs.

/** What readers wait: a hit in memory is in the first class. */
export const WAIT_CLASSES = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000,
] as const;

/** How old proofs are: seconds with capture, minutes where answers count by age, up to a `staleIfError` of hours. */
export const PROOF_AGE_CLASSES = [
  10, 100, 300, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 3_600_000,
] as const;

/** How late changes are. */
export const LAG_CLASSES = [10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 60_000] as const;
