import { describe, expect, it } from "vitest";
import type { Keeper } from "./keeper.ts";
import type { Position } from "./protocol/position.ts";
import { changeOf, readOf } from "./testing/fixtures.ts";
import { type Rig, sync } from "./testing/rig.ts";
import { onStorage } from "./testing/storage.ts";

/** A keeper from which a mirror has synced, with one key, and what the mirror is told. */
async function mirrored(rig: Rig) {
  const told: Position[] = [];
  rig.nudgeMirror = async (mirror, position) => {
    expect(mirror).toBe("weur-0");
    told.push(position);
  };
  const keeper = rig.start();
  await rig.filled(keeper, readOf("a"), "body");
  await sync(keeper, { mirror: "weur-0" });
  return { keeper, told };
}

const position = async (keeper: Keeper) => (await keeper.stats(null)).position;

describe("a keeper from which mirrors sync", () => {
  for (const [what, raise] of [
    ["a change", (keeper) => keeper.ingest([changeOf()])],
    ["a purge", (keeper) => keeper.purge({ all: true })],
    ["a change of mode", (keeper) => keeper.setMode("shadow")],
  ] as const satisfies readonly (readonly [string, (keeper: Keeper) => Promise<unknown>])[])
    it(
      `M4. tells them of ${what}`,
      onStorage(async (rig) => {
        const { keeper, told } = await mirrored(rig);
        await raise(keeper);
        await rig.clock.advance(1);
        expect(told).toEqual([await position(keeper)]);
      }),
    );

  it(
    "M4. says nothing when nothing was raised, nor to isolates",
    onStorage(async (rig) => {
      const { keeper, told } = await mirrored(rig);
      await sync(keeper, {});
      await keeper.nudge();
      await rig.clock.advance(60_000);
      expect(told).toEqual([]);
    }),
  );

  it(
    "M4, I10. nobody's call waits for a mirror that does not answer",
    onStorage(async (rig) => {
      let nudges = 0;
      rig.nudgeMirror = () => {
        nudges++;
        return new Promise(() => {});
      };
      const keeper = rig.start();
      await sync(keeper, { mirror: "weur-0" });
      await keeper.purge({ all: true });
      await rig.clock.advance(1);
      expect(nudges).toBe(1);
      // Without time that passes: these answer at once.
      await keeper.purge({ all: true });
      expect(await sync(keeper, { mirror: "weur-0" })).toMatchObject({ position: await position(keeper) });
      expect(nudges).toBe(1);
    }),
  );
});
