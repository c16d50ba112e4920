import { beforeEach, expect, it } from "vitest";
import type { Mode } from "../keeper/protocol/position.ts";
import type { SyncAnswer, SyncRequest } from "../keeper/protocol/sync.ts";
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
}

/** The next call is made, and answered. */
async function syncs({ generation, mark, mode, setAt, age }: Said): Promise<void> {
  const reached = fences.reach(clock.now(), null, () => {});
  asked.at(-1)?.answer({
    ...{ kind: "synced", position: { generation, mark }, full: true },
    ...{ buckets: new Uint16Array(), marks: new Float64Array(), floor: 0, purgedAt: 0, age },
    ...{ proven: true, mode, modeSetAt: setAt, pull: "made" },
  });
  await clock.advance(SYNC_MS);
  await reached;
}

const later = (said: Partial<Said>): Said => ({
  ...{ generation: "g2", mark: 5, mode: "off", setAt: 5, age: 0 },
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
