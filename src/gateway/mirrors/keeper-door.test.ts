import { afterEach, describe, expect, it, vi } from "vitest";
import type { AudienceAnswer } from "../../keeper/protocol/audience.ts";
import type { IsolateCalls } from "../../keeper/protocol/calls.ts";
import type { FillAnswer, FillRequest } from "../../keeper/protocol/fill.ts";
import type { SyncAnswer } from "../../keeper/protocol/sync.ts";
import { CONFIG, readOf } from "../../keeper/testing/fixtures.ts";
import { settle, VirtualClock } from "../../runtime/virtual-clock.ts";
import { KeeperDoor } from "./keeper-door.ts";

const TIME_MS = 2_000;
const SYNC = { configHash: CONFIG, since: null, boundMs: 10_000, token: null, client: null, report: null };
const POSITION = { generation: "g", mark: 1 };
const FILL: FillRequest = {
  ...{ configHash: CONFIG, read: readOf("k"), bearer: null, have: null, at: POSITION, token: null },
  ...{ boundMs: 10_000, priority: "miss", client: "c", pulled: false },
};
const SYNCED = { kind: "synced", position: POSITION } as SyncAnswer;
const REFUSED = { kind: "refused", reason: "configuration" } as const;

/** A mirror or a keeper: what it was asked, and how it answers. */
class Side {
  readonly asked: object[] = [];
  answer: () => Promise<unknown> = async () => SYNCED;

  readonly calls: IsolateCalls = {
    sync: (request) => this.#ask(request) as Promise<SyncAnswer>,
    fill: (request) => this.#ask(request) as Promise<FillAnswer>,
    audience: (request) => this.#ask(request) as Promise<AudienceAnswer>,
  };

  #ask(request: object): Promise<unknown> {
    this.asked.push(request);
    return this.answer();
  }
}

class Rig {
  readonly clock = new VirtualClock();
  readonly mirror = new Side();
  readonly keeper = new Side();
  isNear = true;
  readonly counted: string[] = [];
  readonly door = new KeeperDoor({
    clock: this.clock,
    keeper: () => this.keeper.calls,
    mirror: () => (this.isNear ? { name: "oc-0", calls: this.mirror.calls } : null),
    count: (mirror, end) => this.counted.push(`${mirror} ${end}`),
  });

  get calls(): IsolateCalls {
    return this.door.calls(TIME_MS);
  }

  get counts(): readonly [mirror: number, keeper: number] {
    return [this.mirror.asked.length, this.keeper.asked.length];
  }
}

const hangs = () => new Promise<never>(() => {});
const fails = () => Promise.reject(new Error("gone"));

afterEach(() => vi.restoreAllMocks());

function logged(): string[] {
  const lines: string[] = [];
  vi.spyOn(console, "warn").mockImplementation((line: string) => lines.push(JSON.parse(line).event));
  return lines;
}

describe("an isolate's way to the keeper", () => {
  it("M5. is the mirror near by, which hears its name, and the keeper where there is none", async () => {
    const rig = new Rig();
    expect(await rig.calls.sync(SYNC)).toBe(SYNCED);
    expect(rig.mirror.asked).toEqual([{ ...SYNC, mirror: "oc-0" }]);
    rig.isNear = false;
    expect(await rig.calls.sync(SYNC)).toBe(SYNCED);
    expect(rig.keeper.asked).toEqual([SYNC]);
  });

  it("M5. strict reads, and what follows a purge or an own write, go straight to the keeper", async () => {
    const rig = new Rig();
    await rig.calls.sync({ ...SYNC, boundMs: 0 });
    await rig.calls.fill({ ...FILL, boundMs: 0.02 });
    expect(rig.counts).toEqual([0, 2]);
    // A mirror was not to answer them.
    expect(rig.counted).toEqual([]);
    await rig.calls.fill(FILL);
    expect(rig.counts).toEqual([1, 2]);
    expect(rig.counted).toEqual(["oc-0 answered"]);
  });

  it("M5. a mirror that fails never fails a call", async () => {
    logged();
    const rig = new Rig();
    rig.mirror.answer = fails;
    expect(await rig.calls.sync(SYNC)).toBe(SYNCED);
    expect(rig.keeper.asked).toEqual([SYNC]);
  });

  it("M5. gives the mirror half of the time, and the keeper the rest", async () => {
    const rig = new Rig();
    rig.mirror.answer = hangs;
    rig.keeper.answer = () => rig.clock.sleep(TIME_MS / 2 - 1).then(() => SYNCED);
    const asked = rig.calls.sync(SYNC);
    await rig.clock.advance(TIME_MS / 2 - 1);
    expect(rig.counts).toEqual([1, 0]);
    await rig.clock.advance(1);
    expect(rig.counts).toEqual([1, 1]);
    await rig.clock.advance(TIME_MS / 2 - 1);
    expect(await asked).toBe(SYNCED);
    expect(rig.clock.sleeping).toBe(0);
  });

  it("M5. a mirror that hangs or fails three times is left alone for a while, then tried again, and the log says so", async () => {
    const log = logged();
    const rig = new Rig();
    rig.mirror.answer = fails;
    for (let call = 0; call < 10; call++) await rig.calls.sync(SYNC);
    expect(rig.counts).toEqual([3, 10]);
    rig.mirror.answer = async () => SYNCED;
    await rig.clock.advance(1_000);
    await rig.calls.sync(SYNC);
    expect(rig.counts).toEqual([4, 10]);
    const [failed, leftAlone] = [Array(3).fill("oc-0 failed"), Array(7).fill("oc-0 leftAlone")];
    expect(rig.counted).toEqual([...failed, ...leftAlone, "oc-0 answered"]);
    expect(log).toEqual(["mirror-unreachable", "mirror-well"]);
  });

  it("M5. fills that hang are failures of a mirror that says nothing else, and not of one that answers syncs meanwhile", async () => {
    for (const isHeard of [false, true]) {
      const rig = new Rig();
      rig.mirror.answer = hangs;
      const filled = Array.from({ length: 4 }, () => rig.calls.fill(FILL));
      rig.mirror.answer = async () => SYNCED;
      if (isHeard) await rig.calls.sync(SYNC);
      await rig.clock.advance(TIME_MS / 2);
      await Promise.all(filled);
      const [mirror, keeper] = rig.counts;
      await rig.calls.sync(SYNC);
      expect(rig.counts).toEqual(isHeard ? [mirror + 1, keeper] : [mirror, keeper + 1]);
    }
  });

  it("M5. the keeper's failures are counted by themselves: strict reads fail at once while mirrors answer", async () => {
    const rig = new Rig();
    rig.keeper.answer = hangs;
    const strict = { ...SYNC, boundMs: 0 };
    for (let call = 0; call < 3; call++) {
      const asked = rig.calls.sync(strict);
      asked.catch(() => {});
      await rig.clock.advance(TIME_MS);
      await expect(asked).rejects.toThrow("late");
      expect(await rig.calls.sync(SYNC)).toBe(SYNCED);
    }
    await expect(rig.calls.sync(strict)).rejects.toThrow("in a row");
    expect(rig.counts).toEqual([3, 3]);
  });

  it("P4. a mirror of another deployment has no answer, and what the keeper refuses is the caller's own affair", async () => {
    const rig = new Rig();
    rig.mirror.answer = async () => REFUSED;
    expect(await rig.calls.sync(SYNC)).toBe(SYNCED);
    expect(await rig.calls.fill(FILL)).toBe(SYNCED);
    const behind = { kind: "refused", reason: "behind" };
    const other = new Rig();
    other.mirror.answer = async () => behind;
    expect(await other.calls.fill(FILL)).toBe(behind);
    expect(other.counts).toEqual([1, 0]);
  });

  it("S1. that the database takes its time with a question about a bearer says nothing of mirror or keeper", async () => {
    const rig = new Rig();
    rig.mirror.answer = hangs;
    const asked = { configHash: CONFIG, client: "c", introduced: true } as Parameters<
      IsolateCalls["audience"]
    >[0];
    for (let call = 0; call < 5; call++) {
      const answer = rig.calls.audience(asked);
      await rig.clock.advance(TIME_MS / 2);
      await settle();
      await answer;
    }
    expect(rig.counts).toEqual([5, 5]);
  });
});
