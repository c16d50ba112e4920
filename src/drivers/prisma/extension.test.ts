import { afterAll, describe, expect, test } from "vitest";
import { startWorker } from "../../../test/orms/start-worker.ts";

// The real client and its D1 adapter, in workerd on real D1; the driver writes down what each statement asks of it.
// The scenarios are in test/orms/workers/prisma/calls.ts.

const worker = await startWorker("prisma/calls");
afterAll(() => worker.dispose());
const run = <T = unknown>(scenario: string) => worker.get<T>(scenario);

const FRESH = "fresh";
const EVERYTHING = "accelerate:everything";
const asks = (ttl: number, swr = 0, tags: readonly string[] = []) => ({
  ttl: `${ttl}s`,
  swr: `${swr}s`,
  tags: [EVERYTHING, ...tags],
});
const DRIVERS = { tags: [EVERYTHING] };

describe("cacheStrategy", () => {
  test("each of the eight reads hands its strategy to the driver", async () => {
    expect(await run("reads")).toEqual(Array(8).fill(asks(60, 30, ["posts", "front_page"])));
  });

  test("ttl or swr alone is enough; tags alone, nothing, and a ttl of 0 mean not cached", async () => {
    expect(await run("parts")).toEqual([asks(60), asks(0, 60), FRESH, FRESH, FRESH, FRESH]);
  });

  test("it holds for all statements of a read with relations", async () => {
    expect(await run("relations")).toEqual({
      found: [
        ["Ann", 1],
        ["Ben", 1],
      ],
      // Authors, their posts, the posts' tags, the profiles.
      options: Array(4).fill(asks(60)),
    });
  });

  test("it holds for the relation that a read goes on to", async () => {
    expect(await run("fluent")).toEqual({ posts: ["Ann"], options: [asks(60), asks(60)] });
  });

  test("writes, and what they read themselves, are not cached", async () => {
    expect(await run("writes")).toEqual([JSON.stringify(FRESH)]);
  });

  test("raw queries are not cached", async () => {
    expect(await run("raw")).toEqual([FRESH, FRESH]);
  });

  test("with `withoutStrategy: driver`, reads without one are left to the driver's options", async () => {
    expect(await run("leftToTheDriver")).toEqual({
      apart: [DRIVERS, DRIVERS, asks(60), FRESH, FRESH],
      // One statement for both, and what the driver's options are is not known here.
      together: [FRESH],
    });
  });
});

describe("transactions", () => {
  test("they finish, and nothing in them is cached, whatever its strategy", async () => {
    expect(await run("transactions")).toEqual({
      results: ["object", "object", "object", "number"],
      options: Array(4).fill(FRESH),
    });
  });

  test("withAccelerateInfo may be part of one, and says why nothing was cached", async () => {
    const passed = { cacheStatus: "none", reason: "transaction" };
    expect(await run("transactionInfo")).toEqual([
      { data: "number", ...passed },
      { data: "object", ...passed },
    ]);
  });

  test("a findUnique of the same tick, from whose context Prisma may send them, changes nothing", async () => {
    expect(await run("besideTransactions")).toEqual(Array(3).fill(FRESH));
  });
});

describe("reads that Prisma sends together", () => {
  test("they get the shortest times, and all tags", async () => {
    // Two authors in one statement, and a tag.
    expect(await run("together")).toEqual(Array(2).fill(asks(30, 0, ["a", "b", "c"])));
  });

  test("none is cached when one of them is not to be; others of the same tick are", async () => {
    const options = await run<unknown[]>("togetherWithNone");
    expect(options).toHaveLength(3);
    expect(options).toEqual(expect.arrayContaining([asks(5), FRESH, FRESH]));
  });

  test("sent with one of the client below, they are not cached; that one alone has the driver's options", async () => {
    expect(await run("togetherWithBare")).toEqual({
      joined: [FRESH],
      alone: [DRIVERS],
    });
  });

  test("one that has failed leaves nothing to those after it", async () => {
    expect(await run("afterwards")).toEqual([asks(5)]);
  });
});

describe("withAccelerateInfo", () => {
  test("it tells the worst that a statement of the read came from, and the age of its oldest part", async () => {
    expect(await run("info")).toEqual([
      [2, "ttl", 2, null],
      [2, "swr", 2, null],
      [2, "miss", 2, null],
      [2, "none", 0, "unknown-table"],
      [2, "miss", 2, null],
      ["none", "fresh"],
    ]);
  });

  test("equal reads have one signature; each call has its own id", async () => {
    expect(await run("infoIdentity")).toEqual({
      sameSignature: true,
      otherSignature: true,
      otherRequest: true,
      region: "unspecified",
    });
  });

  test("like each promise of Prisma's it starts when it is awaited, and runs once", async () => {
    expect(await run("lazy")).toEqual({ before: 0, after: 1 });
  });

  test("extensions below it keep working: computed fields and changed arguments", async () => {
    expect(await run("otherExtensions")).toEqual({ shout: "ANN", taken: 1, asked: asks(9) });
  });
});

describe("$accelerate", () => {
  test("invalidate and invalidateAll reach the cache, and answer with an id", async () => {
    expect(await run("invalidations")).toMatchObject({
      ids: ["string", "string"],
      forgotten: [["posts", "front_page"], [EVERYTHING]],
    });
  });

  test("tags that Accelerate does not take are refused", async () => {
    const { refused } = await run<{ refused: string[] }>("invalidations");
    expect(refused).toEqual([
      expect.stringContaining('invalid-option: tags: "a-b"'),
      expect.stringContaining("invalid-option: tags: 6 tags; at most 5"),
      expect.stringContaining("invalid-option: tags: it takes a list"),
      expect.stringContaining("invalid-option: tags: it takes a list"),
    ]);
  });
});

test("a wrong cacheStrategy is refused before anything is asked, in a transaction too", async () => {
  const { refused, asked } = await run<{ refused: string[]; asked: unknown[] }>("refusals");
  const invalid = (what: string) =>
    expect.stringContaining(`CacheError invalid-option: cacheStrategy${what}`);
  expect(refused).toEqual([
    invalid(".ttl: -1"),
    invalid(".ttl: 1.5"),
    invalid(".swr: 60"),
    invalid(".tag: no such option"),
    invalid(".tags: it takes a list"),
    invalid('.tags: "a-b"'),
    invalid(`.tags: "${"a".repeat(65)}"`),
    invalid(".tags: 6 tags"),
    invalid(": it takes { ttl, swr, tags }"),
    // Prisma's own words.
    expect.stringContaining("Unknown argument `cacheStrategy`"),
    invalid(".ttl: -1"),
  ]);
  expect(asked).toEqual([]);
});
