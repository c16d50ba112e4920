import { beforeEach, describe, expect, it } from "vitest";
import type { Mode } from "../keeper/protocol/position.ts";
import type { SyncAnswer, SyncRequest } from "../keeper/protocol/sync.ts";
import { SteadyClock, TICK_MS } from "../runtime/steady-clock.ts";
import { VirtualClock } from "../runtime/virtual-clock.ts";
import { Breaker } from "./breaker.ts";
import { FenceSync } from "./fence-sync.ts";
import { UsageReporter } from "./usage.ts";

const SYNC_MS = 1_000;

let clock: VirtualClock;
let asked: { readonly request: SyncRequest; readonly answer: (answer: SyncAnswer) => void }[];
let fences: FenceSync;

beforeEach(() => {
  clock = new VirtualClock();
  asked = [];
  fences = new FenceSync({
    ...{ clock, configHash: "c", reporter: new UsageReporter(), breaker: new Breaker(clock) },
    keeper: () => ({
      sync: (request) => new Promise((answer) => asked.push({ request, answer })),
    }),
    timeouts: { syncMs: SYNC_MS },
  });
});

interface Said {
  readonly generation: string;
  readonly mark: number;
  readonly mode: Mode;
  readonly setAt: number;
  readonly age: number;
  readonly purgedAt: number;
}

/** The next call is made, and answered. */
async function syncs({ generation, mark, mode, setAt, age, purgedAt }: Said): Promise<void> {
  const reached = fences.reach(clock.now(), null, () => {});
  asked.at(-1)?.answer({
    ...{ kind: "synced", position: { generation, mark }, full: true },
    ...{ buckets: new Uint16Array(), marks: new Float64Array(), floor: 0, purgedAt, age },
    ...{ proven: true, mode, modeSetAt: setAt, pull: "made" },
  });
  await clock.advance(SYNC_MS);
  await reached;
}

const later = (said: Partial<Said>): Said => ({
  ...{ generation: "g2", mark: 5, mode: "off", setAt: 5, age: 0, purgedAt: 0 },
  ...said,
});

it("P16. of two answers of one generation the mode holds that was set later, whichever arrives last", async () => {
  await syncs(later({}));
  await syncs(later({ mark: 3, mode: "on", setAt: 2 }));
  expect(fences.mode).toBe("off");
  await syncs(later({ mark: 7, mode: "on", setAt: 7 }));
  expect(fences.mode).toBe("on");
});

it("P16. an answer that the fence does not become tells no mode", async () => {
  await syncs(later({}));
  // An instance that was superseded still answers, with an older proof and a mark of its own.
  await syncs(later({ generation: "g1", mark: 90, mode: "on", setAt: 80, age: 600_000 }));
  expect(fences.fence?.generation).toBe("g2");
  expect(fences.mode).toBe("off");
});

it("P16. another generation brings its own mode, whatever its mark", async () => {
  await syncs(later({ generation: "g1", mark: 90, setAt: 90 }));
  await syncs(later({ mode: "shadow", setAt: 1, mark: 1 }));
  expect([fences.fence?.generation, fences.mode]).toEqual(["g2", "shadow"]);
});

it("P21. what is read while time stands still is as strict behind a sync that is under way as alone", async () => {
  const ticking = new SteadyClock(clock, TICK_MS);
  const strict = new FenceSync({
    ...{ clock: ticking, configHash: "c", reporter: new UsageReporter(), breaker: new Breaker(ticking) },
    keeper: () => ({
      sync: async (request) => {
        asked.push({ request, answer: () => {} });
        return {
          ...{
            kind: "synced",
            position: { generation: "g", mark: 1 },
            full: true,
            floor: 0,
            purgedAt: 0,
            age: 0,
          },
          ...{
            buckets: new Uint16Array(),
            marks: new Float64Array(),
            proven: true,
            mode: "on",
            modeSetAt: 0,
          },
          pull: "made",
        };
      },
    }),
    timeouts: { syncMs: SYNC_MS },
  });
  strict.ahead(ticking.now(), () => {});
  expect(await strict.reach(ticking.now(), null, () => {})).toBe("pulled");
  expect(asked.map(({ request }) => request.boundMs)).toEqual([0, 0]);
});

describe("P16. a purge that the first fence tells of", () => {
  const purged = later({ generation: "g1", mark: 8, purgedAt: 7 });

  it("counts as unheard: what was proven before it came serves no more", async () => {
    const provenAt = clock.now();
    expect(fences.stands(provenAt, false, { generation: "g1", mark: 6 })).toBe(true);
    await clock.advance(10);
    await syncs(purged);
    expect(fences.stands(provenAt, false, { generation: "g1", mark: 6 })).toBe(false);
    expect(fences.stands(clock.now(), false, { generation: "g1", mark: 6 })).toBe(true);
  });

  it("leaves an entry of that generation that was filled since", async () => {
    const provenAt = clock.now();
    await clock.advance(10);
    await syncs(purged);
    expect(fences.stands(provenAt, false, { generation: "g1", mark: 7 })).toBe(true);
    expect(fences.stands(provenAt, false, { generation: "g2", mark: 9 })).toBe(false);
    // A fence that knows of the purge has judged it.
    expect(fences.stands(provenAt, true, { generation: "g1", mark: 6 })).toBe(true);
  });
});

it("P11. an answer that the fence does not become tells of no purge", async () => {
  await syncs(later({}));
  const provenAt = clock.now();
  await clock.advance(10);
  await syncs(later({ generation: "g1", mark: 90, purgedAt: 90, age: 600_000 }));
  expect(fences.stands(provenAt, false, { generation: "g2", mark: 5 })).toBe(true);
});

it("P16. whoever has heard of a purge, and has no fence that knows of it, syncs first", async () => {
  await syncs(later({}));
  expect(await reaches()).toBe(true);
  await clock.advance(10);
  fences.dropProofs({ generation: "g2", mark: 9 });
  expect(await reaches()).toBe(false);
  // It must be younger than the news, even if the keeper does not tell of that mark.
  await clock.advance(10);
  await syncs(later({ mark: 9, purgedAt: 9 }));
  expect(await reaches()).toBe(true);
  fences.dropProofs({ generation: "g3", mark: 2 });
  await clock.advance(10);
  await syncs(later({ mark: 9, age: 15 }));
  expect(await reaches()).toBe(false);
  await syncs(later({ mark: 9 }));
  expect(await reaches()).toBe(true);
});

it("P11. of purges in two generations nothing from before the first one serves, whichever fence accepts it", async () => {
  await syncs(later({}));
  const provenAt = clock.now();
  await clock.advance(10);
  fences.dropProofs({ generation: "g1", mark: 90 });
  fences.dropProofs({ generation: "g2", mark: 5 });
  expect(fences.stands(provenAt, true, { generation: "g2", mark: 5 })).toBe(false);
});

/** Whether the fence is as young as a minute, without a call. */
async function reaches(): Promise<boolean> {
  const before = asked.length;
  const reached = fences.reach(clock.now() - 60_000, null, () => {});
  const isThere = asked.length === before;
  if (!isThere) await clock.advance(SYNC_MS);
  await reached;
  return isThere;
}
