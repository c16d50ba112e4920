import { expect, test } from "vitest";
import { type DeployedMirrors, mirrorState, type SeenMirrors } from "./mirror-state.ts";

const deployed: DeployedMirrors = {
  tables: { "public.prices": { freshnessMs: 1_000 }, "public.stock": { freshnessMs: 0 } },
  mirrors: { perRegion: 1 },
  issues: [],
};
const WELL = { mirrors: 1, answered: 500, failed: 0, leftAlone: 0, keeperCalls: 35 };
const seen: SeenMirrors = {
  isolates: 40,
  mirrors: { weur: WELL, oc: WELL, me: { ...WELL, answered: 200, keeperCalls: 14 } },
  elapsedMs: 100_000,
};

test("M6. says what share of the calls mirrors answer by themselves", () => {
  expect(mirrorState(deployed, seen)).toEqual({
    state: "well",
    says: "mirrors answer 93 % of 12 calls a second without the keeper, in 3 regions",
  });
  // Less than all is not 100 %.
  expect(mirrorState(deployed, { ...seen, mirrors: { oc: { ...WELL, keeperCalls: 1 } } }).says).toBe(
    "mirrors answer 99 % of 5.0 calls a second without the keeper, in one region",
  );
});

test("M6. mirrors that are configured and not bound are said to be, whatever else there is", () => {
  const issues = [{ path: "MIRROR", fix: "Add it" }];
  expect(mirrorState({ ...deployed, mirrors: null, issues }, { ...seen, isolates: 10_000 })).toEqual({
    state: "look",
    says: "mirrors are configured, but MIRROR is not bound: the keeper answers every call",
    fix: "Add it",
  });
});

test("M5. says that mirrors fail, and past how many calls the keeper was asked", () => {
  const state = mirrorState(deployed, { ...seen, mirrors: { oc: { ...WELL, failed: 30, leftAlone: 70 } } });
  expect(state).toMatchObject({
    state: "look",
    says: "mirrors do not answer 16 % of 6.0 calls a second: 30 failed, 70 went past them after that",
    fix: expect.stringContaining("mirror-unreachable"),
  });
  // What a deployment brings is not worth it.
  const few = mirrorState(deployed, { ...seen, mirrors: { oc: { ...WELL, failed: 20 } } });
  expect(few.state).toBe("well");
  // Nor what a start does, which is a large share of few calls.
  const first = { ...WELL, answered: 6, keeperCalls: 5, failed: 19 };
  expect(mirrorState(deployed, { ...seen, mirrors: { oc: first } }).state).toBe("well");
  const twenty = { ...first, failed: 20 };
  expect(mirrorState(deployed, { ...seen, mirrors: { oc: twenty } }).state).toBe("look");
});

test("M6. says that no mirror is asked, unless nobody reads", () => {
  const none = { ...seen, mirrors: { oc: { ...WELL, mirrors: 0 } } };
  expect(mirrorState(deployed, none)).toMatchObject({
    state: "look",
    says: expect.stringContaining("no mirror has been asked in the last five minutes"),
  });
  expect(mirrorState(deployed, { ...none, isolates: 0 }).state).toBe("well");
});

test("M6. before the first read, and while mirrors start, it does not say that none is asked", () => {
  const idle = { mirrors: 0, answered: 0, failed: 0, leftAlone: 0, keeperCalls: 0 };
  expect(mirrorState(deployed, { ...seen, mirrors: {}, reads: 0 })).toEqual({
    state: "well",
    says: "nobody has read anything yet, so mirrors are not asked",
  });
  expect(mirrorState(deployed, { ...seen, mirrors: { oc: idle }, reads: 3 })).toMatchObject({
    state: "look",
  });
  const failing = { ...seen, mirrors: { oc: { ...idle, failed: 1, leftAlone: 2 } }, reads: 3 };
  expect(mirrorState(deployed, failing)).toEqual({
    state: "well",
    says: "no mirror has answered yet: 1 call failed, 2 went past them after that, as it may be after a start",
  });
});

test("one is not many", () => {
  const slow = { ...deployed, tables: { "public.prices": { freshnessMs: 10_000 } }, mirrors: null };
  expect(mirrorState(slow, { ...seen, isolates: 1 }).says).toBe(
    "1 busy isolate asks up to 1 time a second: no mirrors are needed",
  );
  const one = { ...seen, mirrors: { oc: { ...WELL, answered: 1, keeperCalls: 1 } } };
  expect(mirrorState(deployed, one).says).toContain("asked the keeper 1 time to answer 1 call: ");
});

test("M6. says that mirrors which ask as often as they are asked save the keeper nothing", () => {
  const home = { ...seen, mirrors: { oc: { ...WELL, answered: 12, keeperCalls: 15 } } };
  expect(mirrorState(deployed, home)).toEqual({
    state: "well",
    says: "mirrors in one region have asked the keeper 15 times to answer 12 calls: so few isolates save it nothing",
  });
});
