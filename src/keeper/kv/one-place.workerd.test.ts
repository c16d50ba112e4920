import { expect, it } from "vitest";
import { readOf } from "../testing/fixtures.ts";
import { fill } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";

const a = readOf("a");

it(
  "I11. a key that is wanted in one data centre, whose isolates share a cache, is not worth a write; in two it is",
  onStorage(async (rig) => {
    const keeper = rig.start();
    const owed = async () => (await keeper.stats(null)).owedKvWrites;
    await rig.filled(keeper, a, "a", { place: "FRA" });
    for (const client of ["another", "a third"]) await fill(keeper, a, { client, place: "FRA" });
    expect(await owed()).toBe(0);
    await fill(keeper, a, { client: "another", place: "SIN" });
    expect(await owed()).toBe(1);
  }),
);

it(
  "I11. one that isolates want which share nothing is: that is what an earlier version says, or one on workers.dev",
  onStorage(async (rig) => {
    const keeper = rig.start();
    for (const [before, place] of [null, undefined].entries()) {
      const read = readOf(`of ${place}`);
      await rig.filled(keeper, read, "a", { place: "FRA" });
      await fill(keeper, read, { client: "another", ...(place === null && { place }) });
      expect((await keeper.stats(null)).owedKvWrites).toBe(before + 1);
    }
  }),
);
