import { expect, test } from "vitest";
import { DriverStates, STATE_LIMITS } from "./driver-states.ts";

test("however many names there are, as many states are kept as fit", () => {
  const states = new DriverStates("postgres");
  for (let n = 0; n < 10_000; n++) states.of(`tenant ${n}`, {});
  expect(states.size).toBe(STATE_LIMITS.maxEntries);
});

test("the name that is asked for again and again is kept, and the oldest is forgotten", () => {
  const states = new DriverStates("postgres");
  const [busy, idle] = ["busy", "idle"].map((name) => states.of(name, {}));
  for (let n = 0; n < 10_000; n++) {
    states.of(`tenant ${n}`, {});
    expect(states.of("busy", {})).toBe(busy);
  }
  expect(states.of("idle", {})).not.toBe(idle);
});

test("names whose statements fill memory are fewer", () => {
  const states = new DriverStates("postgres");
  for (let tenant = 0; tenant < 100; tenant++) {
    for (let round = 0; round < 2; round++) {
      const { plans, statistics } = states.of(`tenant ${tenant}`, {});
      for (let n = 0; n < 10; n++) {
        const sql = `select id from posts where id = ${n} and title = '${"x".repeat(8_000)}'`;
        plans.of(sql);
        statistics.count({ type: "miss", sql, tables: [], ageMs: 0 });
      }
    }
  }
  expect(states.size).toBeLessThan(30);
  expect(states.size).toBeGreaterThan(5);
});

test("what is trusted has plans of its own, and counts for both", () => {
  const states = new DriverStates("sqlite");
  const [plain, trusting] = [false, true].map((trustStoredTimes) => states.of("d1", { trustStoredTimes }));
  expect(trusting?.plans).not.toBe(plain?.plans);
  expect(trusting?.statistics).toBe(plain?.statistics);
  expect(states.of("d1", { trustStoredTimes: true })).toBe(trusting);
});

test("one that takes more memory than all may is kept alone", () => {
  const states = new DriverStates("postgres");
  const large = states.of("large", {});
  large.statistics.bytes = STATE_LIMITS.maxBytes * 2;
  for (let n = 0; n < 3; n++) expect(states.of("large", {})).toBe(large);
  expect(states.size).toBe(1);
});
