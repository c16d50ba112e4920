import type { Fence } from "../../keeper/fence.ts";
import type { Position, SyncAnswer } from "../../keeper/messages.ts";
import { keyName } from "../../keeper/names.ts";
import { changeOf, readOf } from "../../keeper/testing/fixtures.ts";
import { A, Bench, R0, R1 } from "./bench.ts";
import type { Build, Platform } from "./world.ts";

/** Runs one history made for one mutation; tells what broke, or null. */
export type Directed = (platform: Platform, build: Build) => Promise<string | null>;

/** Answers of syncs that overtake each other: the maximum must stand (rule 6). */
export const outOfOrder: Directed = async (_platform, build) => {
  const answer = (mark: number, floor: number): Extract<SyncAnswer, { kind: "synced" }> => ({
    ...{ kind: "synced", position: { generation: "g", mark }, full: mark === 1, floor },
    ...{ buckets: Uint16Array.of(1), marks: Float64Array.of(mark), purgedAt: 0, age: 0 },
    ...{ proven: false, mode: "on" },
  });
  const since: Position = { generation: "g", mark: 1 };
  let fence: Fence | null = build.Fence.merge(null, null, answer(1, 0), 0);
  for (const [mark, floor] of [
    [7, 3],
    [4, 0],
  ] as const) {
    fence = build.Fence.merge(fence, since, answer(mark, floor), 10);
  }
  const accepts = (mark: number, bucket: number) =>
    fence?.accepts({ generation: "g", mark, buckets: [bucket] });
  if (accepts(6, 1)) return "2. an older answer has lowered a bucket";
  if (accepts(2, 0)) return "2. an older answer has lowered the floor";
  return fence?.mark === 7 ? null : "2. an older answer has lowered the mark";
};

/** "Still good" for a neighbour in the bucket, overtaken by a change of the key and a sync that tells of it. */
export const overtakenStillGood: Directed = async (platform, build) => {
  const bucket = (key: string) => build.bucketOf(keyName(key));
  let key = "";
  for (let n = 0; bucket(key) !== bucket("a"); n++) key = `n${n}`;
  const [neighbour, other] = [readOf(key, R1), readOf("other", "public.r2")];
  const bench = new Bench(platform, { reads: [A, neighbour, other], build });
  const { world, weather } = bench;
  await bench.read();
  await bench.read({}, 0, neighbour);
  await bench.change(R1);
  // Learns the new mark for another key, then asks for this one; the answer leaves the keeper and is long on its way.
  await bench.read({ boundMs: 0 }, 0, other);
  await bench.pass(10_100);
  const late = world.read(bench.isolate(), A);
  await bench.pass(25);
  weather.delays["from-keeper"] = 3_000;
  await bench.pass(6);
  weather.delays["from-keeper"] = 10;
  await bench.change(R0);
  await bench.read({ boundMs: 0 }, 0, other);
  await bench.until(late);
  world.audit();
  await bench.read({ boundMs: 0 });
  return world.violations[0] ?? null;
};

/** A pull that brings a change while a sync waits for it (rule 8). */
export const deltaThenPull: Directed = async (platform, build) => {
  const bench = new Bench(platform, { build });
  await bench.read();
  bench.world.host.pull = async () => {
    bench.world.host.pull = async () => {};
    const version = bench.world.truth.commit(R0);
    await bench.world.host.keeper.ingest([changeOf(R0)]);
    bench.world.truth.ingested(R0, version, bench.world.clock.now());
  };
  await bench.read({ boundMs: 0 });
  await bench.read({ boundMs: 0 });
  await bench.pass(1_000);
  bench.world.audit();
  return bench.world.violations[0] ?? null;
};

/** A strict read that another's fill has answered, whose begin is younger than all that the fence knows (rule 22). */
export const tokenOfAFill: Directed = async (platform, build) => {
  const other = readOf("other", R0);
  const bench = new Bench(platform, { reads: [A, other], build });
  await bench.read({ boundMs: 60_000 }, 0, other);
  await bench.pass(1_000);
  bench.weather.delays.kv = 50;
  const leader = bench.world.read(bench.isolate(), A, { boundMs: 60_000 });
  await bench.pass(1);
  await bench.change();
  const { result } = await bench.read({ boundMs: 0 });
  await bench.until(leader);
  const token = result.kind === "held" ? result.position : null;
  if (token === null) return null;
  const { shown } = await bench.read({ boundMs: 60_000, token }, 0, other);
  return shown?.[R0] === 1 ? null : "6. a token does not lead to its writer's change";
};
