/**
 * What lobste.rs published of its traffic on 12 March 2018 (https://lobste.rs/s/cqnzl5), as the load generator of the Noria
 * paper (OSDI 2018) draws from it. Figures only.
 */

/** Requests of each kind. Of 2,893,183 pages and posts, 1.7 % write. */
export const REQUESTS = {
  story: 1_615_623,
  frontPage: 870_987,
  user: 193_915,
  comments: 135_227,
  recent: 27_984,
  commentUpvote: 18_235,
  storyUpvote: 13_730,
  comment: 9_141,
  login: 2_512,
  reply: 2_055,
  commentDownvote: 1_550,
  submit: 1_522,
  storyDownvote: 608,
  logout: 94,
};

/** The share of posts among all requests. */
export const PUBLISHED_WRITES = 0.0171;

/** So many things have at least `from` votes or comments, and less than `from + width`. */
interface Histogram {
  readonly width: number;
  readonly bins: readonly (readonly [from: number, count: number])[];
}

export const VOTES_PER_STORY: Histogram = {
  width: 10,
  bins: [
    [0, 16_724],
    [10, 16_393],
    [20, 4_601],
    [30, 1_707],
    [40, 680],
    [50, 281],
    [60, 128],
    [70, 60],
    [80, 35],
    [90, 16],
    [100, 8],
    [120, 11],
    [140, 3],
    [210, 1],
    [250, 1],
    [290, 1],
  ],
};

export const COMMENTS_PER_STORY: Histogram = {
  width: 10,
  bins: [
    [0, 33_974],
    [10, 4_831],
    [20, 1_029],
    [30, 401],
    [40, 193],
    [50, 103],
    [60, 50],
    [70, 24],
    [80, 18],
    [90, 10],
    [100, 5],
    [120, 7],
    [140, 3],
    [170, 1],
  ],
};

export const VOTES_PER_COMMENT: Histogram = {
  width: 10,
  bins: [
    [0, 89_907],
    [10, 27_614],
    [20, 2_825],
    [30, 637],
    [40, 177],
    [50, 61],
    [60, 29],
    [80, 10],
    [100, 3],
  ],
};

/** Of those who have voted. The tail, of 39 users with 4,000 to 15,100 votes, is drawn together. */
export const VOTES_PER_USER: Histogram = {
  width: 100,
  bins: [
    [0, 4_439],
    [100, 562],
    [200, 206],
    [300, 131],
    [400, 92],
    [500, 105],
    [800, 61],
    [1_000, 86],
    [1_500, 37],
    [2_000, 41],
    [4_000, 22],
    [6_000, 9],
    [10_000, 5],
  ],
};

/**
 * The figures of `size` things in the histogram's proportions, from the least to the most: evenly spaced within a bin.
 */
export function figuresOf({ width, bins }: Histogram, size: number): readonly number[] {
  const total = bins.reduce((sum, [, count]) => sum + count, 0);
  return Array.from({ length: size }, (_, rank) => {
    let at = ((rank + 0.5) / size) * total;
    for (const [from, count] of bins) {
      if (at < count) return Math.floor(from + (width * at) / count);
      at -= count;
    }
    throw new Error("a rank beyond the histogram");
  });
}
