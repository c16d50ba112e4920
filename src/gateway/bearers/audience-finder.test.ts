import { beforeEach, describe, expect, it } from "vitest";
import { Breaker } from "../../fence/breaker.ts";
import type { AudienceAnswer } from "../../keeper/protocol/audience.ts";
import { readOf } from "../../keeper/testing/fixtures.ts";
import { VirtualClock } from "../../runtime/virtual-clock.ts";
import { AudienceFinder } from "./audience-finder.ts";

const TIMEOUTS = { startMs: 30, syncMs: 2_000, fillMs: 10_000 };
const READ = readOf("/articles signed-in");

let clock: VirtualClock;
let finder: AudienceFinder;
/** What the keeper says, by digest. */
let says: (digest: string) => Promise<AudienceAnswer>;
let asked: string[];

beforeEach(() => {
  clock = new VirtualClock();
  asked = [];
  finder = new AudienceFinder({
    ...{ clock, wall: () => clock.now(), breaker: new Breaker(clock), judgedBy: () => "g1", learn: () => {} },
    ...{ configHash: "c1", timeouts: TIMEOUTS },
    keeper: () => ({
      audience({ bearer: { digest } }) {
        asked.push(digest);
        return says(digest);
      },
    }),
  });
});

/** Each is another client unless it says so. */
const ask = (digest: string, client = digest) =>
  finder.ask(
    READ,
    { digest, token: digest },
    () => client,
    () => {},
  );

/** What workerd makes of a call when its request is cancelled: neither `then` nor `finally` ever runs. */
const never = () => new Promise<AudienceAnswer>(() => {});

const known = async (): Promise<AudienceAnswer> => ({
  ...{ kind: "known", generation: "g1", audience: "authenticated", needs: "[]" },
  ...{ expiresAt: clock.now() + 3_600_000, forMs: 300_000, dueInMs: 225_000 },
});

describe("I10. questions of requests that were cancelled", () => {
  it("take no place of later readers for good", async () => {
    says = never;
    for (let n = 0; n < 100; n++) void ask(`cancelled ${n}`);
    expect(asked).toHaveLength(64);
    says = known;
    expect(await ask("ada")).toEqual({ kind: "none", reason: "token-unknown" });
    // Longer than any question may take, and than the pause after those that were late.
    await clock.advance(TIMEOUTS.fillMs);
    expect(await ask("ada")).toMatchObject({ kind: "read" });
  });

  it("give their places to others one by one, each when its own time is over", async () => {
    says = never;
    for (let n = 0; n < 32; n++) void ask(`early ${n}`);
    await clock.advance(TIMEOUTS.syncMs / 2);
    for (let n = 0; n < 32; n++) void ask(`late ${n}`);
    await clock.advance(TIMEOUTS.fillMs - TIMEOUTS.syncMs / 2);
    asked = [];
    for (let n = 0; n < 64; n++) void ask(`next ${n}`);
    expect(asked).toHaveLength(32);
  });
});

it("I11. one client's flood of tokens leaves as many places to others as it takes", async () => {
  says = never;
  for (let n = 0; n < 100; n++) void ask(`made up ${n}`, "203.0.113.1");
  expect(asked).toHaveLength(32);
  says = known;
  expect(await ask("ada")).toMatchObject({ kind: "read" });
  expect(await ask("of the flood's network", "203.0.113.1")).toEqual({
    kind: "none",
    reason: "token-unknown",
  });
});

it("L1. in an isolate that knows no generation yet, a read is passed on after a moment, and its question goes on", async () => {
  let generation: string | null = null;
  let learned = 0;
  const answer = Promise.withResolvers<AudienceAnswer>();
  says = () => answer.promise;
  finder = new AudienceFinder({
    ...{ clock, wall: () => clock.now(), breaker: new Breaker(clock), judgedBy: () => generation },
    learn: () => void learned++,
    ...{ configHash: "c1", timeouts: TIMEOUTS },
    keeper: () => ({ audience: ({ bearer: { digest } }) => says(digest) }),
  });
  const anchored: Promise<unknown>[] = [];
  const bearer = { digest: "ada", token: "ada" };
  const asking = finder.ask(
    READ,
    bearer,
    () => "ada",
    (work) => void anchored.push(work),
  );
  await clock.advance(TIMEOUTS.startMs);
  expect(await asking).toEqual({ kind: "none", reason: "keeper-starting" });
  // Else an isolate where everybody signs in would be new for ever.
  expect([anchored.length, learned]).toEqual([1, 1]);
  generation = "g1";
  answer.resolve(await known());
  await anchored[0];
  const whose = finder.known(
    READ,
    bearer,
    () => "ada",
    () => {},
  );
  expect(whose).toMatchObject({ kind: "read" });
});

it("a question that is answered gives its place back at once", async () => {
  says = async () => ({ kind: "none", reason: "token-unknown", forMs: 0 });
  for (let round = 0; round < 3; round++)
    await Promise.all(Array.from({ length: 64 }, (_, n) => ask(`${n}`)));
  expect(asked).toHaveLength(192);
});
