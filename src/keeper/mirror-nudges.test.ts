import { describe, expect, it } from "vitest";
import { settle, VirtualClock } from "../runtime/virtual-clock.ts";
import { MirrorNudges } from "./mirror-nudges.ts";
import type { Position } from "./protocol/position.ts";
import { TABLE } from "./testing/rig.ts";

const BOUND_MS = 4_000;

class Rig {
  readonly clock = new VirtualClock();
  mark = 1;
  readonly told: { readonly mirror: string; readonly mark: number; readonly at: number }[] = [];
  /** What a mirror does with a nudge. */
  answer: (mirror: string) => Promise<void> = async () => {};
  readonly marks = { onRaise: () => {} };
  readonly nudges = new MirrorNudges({
    ...{ clock: this.clock, marks: this.marks },
    position: () => this.position,
    nudge: (mirror, { mark }) => {
      this.told.push({ mirror, mark, at: this.clock.now() });
      return this.answer(mirror);
    },
    tables: new Map([["public.articles", { ...TABLE, freshnessMs: BOUND_MS }]]),
  });

  get position(): Position {
    return { generation: "g1", mark: this.mark };
  }

  raise(): void {
    this.mark++;
    this.marks.onRaise();
  }

  marksTold(mirror: string): number[] {
    return this.told.filter((each) => each.mirror === mirror).map(({ mark }) => mark);
  }
}

describe("the keeper's nudges", () => {
  it("M4. tells the mirrors that have synced when marks were raised, after the turn, with the last of its marks", async () => {
    const rig = new Rig();
    for (const mirror of ["weur-0", "oc-0"]) rig.nudges.synced(mirror);
    rig.raise();
    rig.raise();
    expect(rig.told).toEqual([]);
    await rig.clock.advance(1);
    expect(rig.told.map(({ mirror, mark }) => [mirror, mark])).toEqual([
      ["weur-0", 3],
      ["oc-0", 3],
    ]);
  });

  it("M4. not the mirror that is answered by the pull that has raised them", async () => {
    const rig = new Rig();
    for (const mirror of ["weur-0", "oc-0"]) rig.nudges.synced(mirror);
    rig.raise();
    rig.nudges.synced("weur-0");
    await rig.clock.advance(1);
    expect(rig.told.map(({ mirror }) => mirror)).toEqual(["oc-0"]);
    rig.raise();
    await rig.clock.advance(BOUND_MS);
    expect(rig.marksTold("weur-0")).toEqual([3]);
  });

  it("M4. tells a mirror again after half a bound, of the last mark, and nothing is lost", async () => {
    const rig = new Rig();
    rig.nudges.synced("weur-0");
    const started = rig.clock.now();
    for (let raised = 0; raised < 100; raised++) {
      rig.raise();
      await rig.clock.advance(BOUND_MS / 100);
    }
    await rig.clock.advance(BOUND_MS);
    expect(rig.told.map(({ at }) => at - started)).toEqual([0, BOUND_MS / 2, BOUND_MS]);
    expect(rig.marksTold("weur-0").at(-1)).toBe(101);
    expect(rig.clock.sleeping).toBe(0);
  });

  it("M4. forgets a mirror that has not synced for a minute", async () => {
    const rig = new Rig();
    rig.nudges.synced("weur-0");
    await rig.clock.advance(60_001);
    rig.raise();
    await rig.clock.advance(1);
    expect(rig.told).toEqual([]);
    rig.nudges.synced("weur-0");
    rig.raise();
    await rig.clock.advance(1);
    expect(rig.marksTold("weur-0")).toEqual([3]);
  });

  it("M4, I10. a mirror that fails, or never answers, holds up no other, and is told again", async () => {
    const rig = new Rig();
    for (const mirror of ["fails", "hangs", "well"]) rig.nudges.synced(mirror);
    rig.answer = (mirror) =>
      mirror === "fails"
        ? Promise.reject(new Error("gone"))
        : mirror === "hangs"
          ? new Promise(() => {})
          : settle();
    for (let round = 0; round < 2; round++) {
      rig.raise();
      await rig.clock.advance(2 * BOUND_MS);
    }
    for (const mirror of ["fails", "hangs", "well"]) expect(rig.marksTold(mirror)).toEqual([2, 3]);
    expect(rig.clock.sleeping).toBe(0);
  });

  it("I11. remembers a bounded number of mirrors: those that synced last", async () => {
    const rig = new Rig();
    for (let mirror = 0; mirror < 1_000; mirror++) rig.nudges.synced(`m${mirror}`);
    rig.raise();
    await rig.clock.advance(1);
    expect(rig.told.length).toBeLessThan(300);
    expect(rig.told.at(-1)?.mirror).toBe("m999");
  });
});
