import { afterAll, expect, it } from "vitest";
import { LATE } from "./history/late.ts";
import { MIRRORED } from "./history/mirrors.ts";
import { Tally } from "./history/tally.ts";
import { TIERED } from "./history/tiers.ts";
import { Pool } from "./pool.ts";
import { printFound } from "./report.ts";

const HISTORIES = Number(process.env.HISTORIES ?? 900);
const SEED = Number(process.env.SEED ?? 1);
const THREADS = 2;

const pool = new Pool(THREADS);
afterAll(() => pool.close());

it(`I1, I2, I3, I4, I5, I6, I9, I10, I11. The invariants, P11 and P16 for purges and modes, and S2, S3, S8, S9 and S13 for those who sign in, hold in ${HISTORIES} histories`, {
  timeout: 600_000,
}, async () => {
  const histories = HISTORIES / THREADS;
  const done = await Promise.all(
    Array.from({ length: THREADS }, (_, thread) => {
      const seed = SEED + thread;
      return pool.run({
        variant: "sources",
        edits: [],
        work: {
          kind: "search",
          histories,
          seed,
          shrink: true,
          mirrored: MIRRORED,
          tiered: TIERED,
          late: LATE,
        },
      });
    }),
  );
  const tally = new Tally();
  for (const each of done) tally.add(each.tally);
  const found = done.flatMap((each) => each.found ?? []);
  expect(found.map((each) => printFound(each)).join("\n")).toBe("");
  if (HISTORIES < 900) return;
  // The histories must cover everything: every fault strikes, and every kind of answer occurs.
  const met = Object.keys({ ...tally.faults, ...tally.answers });
  expect(met).toEqual(expect.arrayContaining([...FAULTS, ...ANSWERS]));
  // Ages come close to the bounds, and never exceed them.
  expect(tally.worstStaleness[60_000]).toBeGreaterThan(30_000);
});

const FAULTS = [
  ...["crash", "supersede", "stall", "deploy", "vanish", "sleep", "step", "prune", "restart", "restore"],
  ...["reload", "down", "purge", "mode", "weather", "late-message", "cancel", "call-lost", "answer-lost"],
  ...["notice-lost", "notice-twice", "pull-fails", "pull-answer-lost"],
  ...["kv-put-fails", "kv-put-late", "kv-put-ambiguous", "api-late"],
  ...["kv-read-fails", "origin-fails", "origin-errs", "to-another-instance"],
  ...["mirror-crash", "mirror-twice", "mirror-stall", "mirror-step", "mirror-cut"],
  ...["nudge-lost", "nudge-twice", "to-another-mirror"],
  ...["colo-fails", "colo-loses", "colo-breaks", "colo-put-fails", "colo-put-late"],
  // Of the schema, of roles, and of tokens.
  ...["policy", "unique", "own-posts", "docs-by-claim", "grant", "refresh", "revoke"],
];
const ANSWERS = [
  ...["memory", "verified", "kv", "keeper", "revalidating", "miss", "collapsed", "bypass", "stale-if-error"],
  ...["direct: keeper-failed", "direct: breaker-open", "direct: cannot-prove", "direct: budget"],
  "failed: unreachable",
  ...["colo", "stale-while-revalidate"],
  ...["sync", "fill", "audience"].flatMap((what) => [
    `mirror asked: ${what}`,
    `keeper asked by a mirror: ${what}`,
  ]),
  ...["hit; detail=memory", "hit; detail=keeper", "hit; detail=revalidating"].map(signedIn),
  ...["uri-miss; stored", "uri-miss; stored; collapsed", "stale; stored"].map((how) =>
    signedIn(`fwd=${how}`),
  ),
  ...["token-unknown", "token-expired", "status-not-cacheable"].map((how) =>
    signedIn(`fwd=bypass; detail=${how}`),
  ),
];

function signedIn(how: string): string {
  return `signed-in ${how}`;
}
