import { beforeAll, describe, expect, it } from "vitest";
import { rows } from "../../../src/cache/rows.ts";
import type { Page } from "./blog/pages.ts";
import { libraryLane } from "./lanes/library.ts";
import { type CourseFigures, type LaneFigures, run } from "./run.ts";
import { faultsOf, MOST_OF_CLAIRVOYANT } from "./targets.ts";

/** In virtual time, so the counts are the same on every machine. */
const SMALL = {
  ...{ seconds: 600, rate: 4, writeShare: 0.01, outsideShare: 0.3 },
  ...{ isolates: 3, isolateLivesSeconds: 300, seed: 20 },
};

const BLOG = { bodies: "in posts", posts: 60, authors: 8 } as const;

let course: CourseFigures;

beforeAll(async () => {
  course = await run({ ...SMALL, places: 1, blog: BLOG });
}, 60_000);

const lane = (name: string): LaneFigures => {
  const found = course.lanes.find((each) => each.lane === name);
  if (found === undefined) throw new Error(`there is no lane ${name}`);
  return found;
};

describe("a blog with 1 % writes, a third of them from outside", () => {
  it("I1. nothing that reads name is older than the bound", () => {
    expect(faultsOf([course])).toEqual([]);
    for (const name of ["rows, 1 s", "rows, 10 s"]) {
      expect(lane(name).olderThanPromised).toBe(0);
      expect(lane(name).hits / lane(name).reads).toBeGreaterThan(0.8);
    }
    // A bound of 10 s is used.
    expect(lane("rows, 10 s").stale).toBeGreaterThan(0);
  });

  it("by rows loads hardly more than somebody who knows everything", () => {
    const least = lane("clairvoyant").loads;
    const causes = lane("rows, 1 s").causes ?? {};
    const { first = 0, changed = 0 } = causes;
    expect(first + changed).toBeLessThanOrEqual(least);
    expect(lane("rows, 1 s").loads).toBeLessThanOrEqual(MOST_OF_CLAIRVOYANT * least);
  });

  it.each(["tags by hand, 1 s", "hooks by table, 1 s"])(
    "%s: what is written from outside is not seen, and all else is",
    (name) => {
      expect(lane(name).olderThanPromised).toBeGreaterThan(0);
      expect(lane(name).ofOwnWrites).toBe(0);
    },
  );

  it.each(["TTL 60 s", "TTL 60 s, SWR 60 s"])("%s: what was written is not seen for a while", (name) => {
    expect(lane(name).stale).toBeGreaterThan(lane("rows, 1 s").stale);
    expect(lane(name).oldestMs).toBeGreaterThan(20_000);
    expect(lane(name).olderThanPromised).toBe(0);
  });

  it("hooks by table and times load several times as often", () => {
    for (const name of ["hooks by table, 1 s", "TTL 60 s", "TTL 60 s, SWR 60 s"])
      expect(lane(name).loads).toBeGreaterThan(2 * lane("rows, 1 s").loads);
  });
});

it("the judge finds who forgets to name a table", async () => {
  const reads = ({ id }: Page) => [rows("posts"), rows("authors", { id })];
  const forgetful = libraryLane({
    ...{ name: "forgets comments and likes", promiseMs: 1_000, keeper: "followed", freshness: "1s" },
    options: (page) => ({ ttl: "1d", reads: reads(page) }),
  });
  const { lanes } = await run({ ...SMALL, places: 1, blog: BLOG }, [forgetful]);
  expect(lanes[0]?.olderThanPromised).toBeGreaterThan(0);
});
