import type { Event, History, Settings } from "./history/history.ts";
import {
  BOOKMARKS,
  by,
  DOCS,
  fault,
  introduced,
  MEMBERSHIPS,
  own,
  POST_1,
  POSTS,
  put,
  SIGNED_IN,
  trusted,
  write,
} from "./script.ts";

const [ADA, BORIS, ADA_ELSEWHERE] = [0, 1, 2] as const;

// At 2000 posts become their owners' own, which no pull has brought yet when one of them reads.
const OWN_POSTS: readonly Event[] = [
  write(0, 0, put("posts", 1, 1), put("posts", 2, 2)),
  ...introduced(ADA, BORIS),
  ...trusted(ADA, BORIS, POSTS),
  ...[by(BORIS, 1_500, POSTS, 60_000, 1), by(ADA, 1_500, POSTS, 60_000, 1)],
  write(2_000, 0, { op: "own-posts" }),
  write(2_050, 0, put("posts", 1, 1)),
];

// Ada is two people to the policy, and one to whoever asks for `sub` only.
const OPAQUE: History = {
  settings: SIGNED_IN,
  events: [
    write(0, 0, { op: "opaque" }, put("posts", 1, 1), put("posts", 2, 2)),
    ...introduced(ADA, ADA_ELSEWHERE),
    ...[by(ADA, 1_000, POSTS), by(ADA_ELSEWHERE, 1_300, POSTS, 60_000, 1)],
  ],
};

const recheck = (recheckMs: number): Settings => ({
  ...SIGNED_IN,
  signedIn: { recheckMs, tokenMs: 3_600_000 },
});

// From 2000 on the database refuses the token.
const REVOKED: History = {
  settings: recheck(5_000),
  events: [
    write(0, 0, put("posts", 1, 1)),
    ...introduced(ADA),
    by(ADA, 1_000, POSTS),
    { at: 2_000, seed: 1, kind: "revoke", person: ADA },
    by(ADA, 20_000, POSTS),
  ],
};

/** A history for each mutation of what holds for those who sign in. Two people differ by one claim each. */
export const DIRECTED_SIGNED_IN: Readonly<Record<string, History>> = {
  "a body shared before the next pull": {
    settings: SIGNED_IN,
    events: [...OWN_POSTS, by(ADA, 2_100, POST_1), by(BORIS, 2_300, POST_1, 60_000, 1)],
  },

  "an isolate shares a body before the next pull": {
    settings: SIGNED_IN,
    events: [...OWN_POSTS, by(ADA, 2_100, POST_1), by(BORIS, 2_300, POST_1)],
  },

  "a flight's follower gets what another's token fetched": {
    settings: SIGNED_IN,
    events: [
      ...OWN_POSTS,
      fault(2_060, { kind: "weather", leg: "from-origin", takes: 1_000 }),
      ...[by(ADA, 2_100, POST_1), by(BORIS, 2_300, POST_1, 60_000, 1)],
    ],
  },

  "what another fetched is presented as one's own": {
    settings: SIGNED_IN,
    events: [
      write(0, 0, { op: "own-posts" }, put("posts", 1, 1)),
      write(50, 0, { op: "own-posts" }),
      ...introduced(ADA, BORIS),
      write(2_000, 0, { op: "own-posts" }),
      write(2_050, 0, put("posts", 1, 1)),
      ...[by(ADA, 2_100, POST_1), by(BORIS, 2_300, POST_1)],
    ],
  },

  "a body put to KV before it is cleared": {
    settings: SIGNED_IN,
    events: [...OWN_POSTS, by(ADA, 2_100, POST_1), by(ADA, 2_300, POST_1, 60_000, 1)],
  },

  // Where nobody has a bookmark, all answers agree.
  "needs of one role only": {
    settings: SIGNED_IN,
    events: [
      ...introduced(ADA, BORIS),
      ...trusted(ADA, BORIS, BOOKMARKS),
      write(2_000, 0, put("bookmarks", 1, 1)),
      ...[by(ADA, 2_100, BOOKMARKS, 0), by(BORIS, 2_400, BOOKMARKS)],
    ],
  },

  "a claim left out of the audience's name": {
    settings: SIGNED_IN,
    events: [
      write(0, 0, { op: "docs-by-claim" }, put("docs", 1, 1), put("docs", 2, 2)),
      ...introduced(ADA, ADA_ELSEWHERE),
      ...[by(ADA, 1_000, DOCS), by(ADA_ELSEWHERE, 1_300, DOCS, 60_000, 1)],
    ],
  },

  "what is not understood counts as nothing": OPAQUE,

  "a reader of claims that is not printed": OPAQUE,

  "a restrictive policy beside one that shows everything": OPAQUE,

  "the word on one token counts for all of them": {
    settings: SIGNED_IN,
    events: [
      write(0, 0, put("bookmarks", 1, 1), put("bookmarks", 2, 2)),
      ...introduced(ADA, BORIS),
      ...[by(ADA, 1_000, BOOKMARKS), by(BORIS, 1_300, BOOKMARKS)],
    ],
  },

  // She has her bookmarks in the other isolate, which has heard of nothing when she has read strictly in this one.
  "own writes of those who sign in": {
    settings: SIGNED_IN,
    events: [
      write(0, 0, put("bookmarks", 1, 1)),
      ...introduced(ADA),
      ...[by(ADA, 1_000, BOOKMARKS, 60_000, 1), by(ADA, 1_300, BOOKMARKS, 60_000, 1)],
      own(write(2_000, 0, put("bookmarks", 1, 1))),
      own(by(ADA, 2_300, MEMBERSHIPS)),
      own(by(ADA, 2_600, BOOKMARKS, 60_000, 1)),
    ],
  },

  // One isolate has brought the new schema; the other one still names keys by the old one while it hears of it.
  "a name of another generation counts": {
    settings: SIGNED_IN,
    events: [
      write(0, 0, put("docs", 1, 1), put("docs", 2, 2), put("memberships", 1, 1)),
      ...introduced(ADA, ADA_ELSEWHERE),
      ...[by(ADA, 1_000, DOCS), by(ADA_ELSEWHERE, 1_300, DOCS)],
      ...[by(ADA, 1_500, DOCS, 60_000, 1), by(ADA_ELSEWHERE, 1_700, DOCS, 60_000, 1)],
      write(2_000, 0, { op: "docs-by-claim" }, put("docs", 1, 1)),
      ...[2_200, 2_500, 2_800].flatMap((at) => [by(ADA, at, DOCS, 0), by(ADA_ELSEWHERE, at + 100, DOCS, 0)]),
      ...[by(ADA, 3_500, DOCS, 0, 1), by(ADA_ELSEWHERE, 3_505, DOCS, 0, 1)],
    ],
  },

  "needs remembered across generations": {
    settings: SIGNED_IN,
    events: [
      write(0, 0, put("docs", 1, 1), put("docs", 2, 2), put("memberships", 1, 1)),
      ...introduced(ADA, ADA_ELSEWHERE),
      ...[by(ADA, 1_000, DOCS), by(ADA_ELSEWHERE, 1_300, DOCS)],
      write(2_000, 0, { op: "docs-by-claim" }, put("docs", 1, 1)),
      ...[by(ADA, 2_200, DOCS, 0), by(ADA, 2_500, DOCS), by(ADA, 2_800, DOCS)],
      ...[by(ADA_ELSEWHERE, 3_100, DOCS), by(ADA_ELSEWHERE, 3_400, DOCS), by(ADA_ELSEWHERE, 3_700, DOCS)],
    ],
  },

  // While everybody is an editor they share all bookmarks; when they are no more, each has their own.
  "a change of roles ignored": {
    settings: SIGNED_IN,
    events: [
      write(0, 0, { op: "grant" }, put("bookmarks", 1, 1), put("bookmarks", 2, 2)),
      ...introduced(ADA, BORIS),
      ...trusted(ADA, BORIS, BOOKMARKS),
      write(2_000, 0, { op: "grant" }),
      write(2_100, 0, put("bookmarks", 1, 1)),
      ...[by(ADA, 2_200, BOOKMARKS, 0), by(BORIS, 2_500, BOOKMARKS, 0)],
    ],
  },

  "another's error relayed": {
    settings: SIGNED_IN,
    events: [
      ...OWN_POSTS.slice(0, -2),
      { at: 2_000, seed: 1, kind: "revoke", person: ADA },
      fault(2_060, { kind: "weather", leg: "from-origin", takes: 1_000 }),
      ...[by(ADA, 2_100, POST_1), by(BORIS, 2_300, POST_1, 60_000, 1)],
    ],
  },

  // The third isolate's clock is the first by which the token ends.
  "a hit after the token's end": {
    settings: { ...SIGNED_IN, isolates: 3, signedIn: { recheckMs: 300_000, tokenMs: 60_000 } },
    events: [
      write(0, 0, put("posts", 1, 1)),
      ...[100, 400, 1_000].map((at) => by(ADA, at, POSTS, 60_000, 2)),
      by(ADA, 51_000, POSTS, 60_000, 2),
    ],
  },

  "a token's word counts for ever": REVOKED,

  "an isolate believes for ever": REVOKED,

  "personal keys forgotten without a mark": {
    settings: SIGNED_IN,
    events: [
      write(0, 0, put("bookmarks", 1, 1)),
      ...introduced(ADA),
      by(ADA, 1_000, BOOKMARKS),
      fault(2_000, { kind: "crash", storageLost: false }),
      write(2_100, 0, put("bookmarks", 1, 1)),
      by(ADA, 3_300, BOOKMARKS, 1_000),
    ],
  },

  "a personal body put to KV": {
    settings: SIGNED_IN,
    events: [
      write(0, 0, put("bookmarks", 1, 1)),
      ...introduced(ADA),
      ...[by(ADA, 1_000, BOOKMARKS), by(ADA, 1_300, BOOKMARKS, 60_000, 1)],
    ],
  },

  "a personal key stored": {
    settings: SIGNED_IN,
    events: [write(0, 0, put("bookmarks", 1, 1)), ...introduced(ADA), by(ADA, 1_000, BOOKMARKS)],
  },

  // The description says that everybody sees all posts, but what they see depends on their team.
  "witnesses skipped": {
    settings: SIGNED_IN,
    events: [
      write(0, 0, { op: "untold" }, put("posts", 1, 1), put("posts", 2, 2)),
      ...introduced(BORIS, ADA_ELSEWHERE),
      ...trusted(BORIS, ADA_ELSEWHERE, POSTS),
      ...[by(BORIS, 1_600, POSTS), by(ADA_ELSEWHERE, 1_900, POSTS)],
    ],
  },

  "an old answer of somebody's own when the origin fails": {
    settings: { ...SIGNED_IN, staleIfErrorMs: 86_400_000 },
    events: [
      write(0, 0, put("memberships", 1, 1)),
      ...introduced(ADA),
      by(ADA, 1_000, MEMBERSHIPS),
      fault(2_000, { kind: "down", lasts: 60_000, hangs: false }),
      by(ADA, 30_000, MEMBERSHIPS, 1_000),
    ],
  },
};
