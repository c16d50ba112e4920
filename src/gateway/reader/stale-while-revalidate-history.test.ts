import { afterAll, expect, test } from "vitest";
import { Random } from "../../../testing/random.ts";
import type { Position } from "../../keeper/protocol/position.ts";
import { readOf } from "../../keeper/testing/fixtures.ts";
import { Bench, R0, R1 } from "../testing/bench.ts";
import type { Isolate } from "../testing/isolate.ts";
import { strictly } from "./bounded-read.ts";

const FRESH_MS = 1_000;
const STALE_MS = 9_000;
const SUM_MS = FRESH_MS + STALE_MS;
const READS = [readOf("a", R0), readOf("b", R1), readOf("ab", R0, R1)];

/** What an isolate has heard of marks, noted on the way and not by its fence. */
interface Heard {
  readonly at: number;
  readonly generation: string;
  readonly floor: number;
  readonly marks: ReadonlyMap<number, number>;
}

/** A change of the mode: it holds from some moment between its begin and its end on. */
interface ModeChange {
  readonly mode: string;
  readonly begunAt: number;
  endedAt: number;
  /** False: it failed, so it may have changed nothing. */
  isDone: boolean;
}

/** Whether nothing that was done by a moment has surely ended this one. */
const mayHold = (one: ModeChange, all: readonly ModeChange[], by: number) =>
  !all
    .slice(all.indexOf(one) + 1)
    .some(({ begunAt, endedAt, isDone }) => isDone && begunAt >= one.endedAt && endedAt < by);

const seen = { stale: 0, afterPurge: 0, withToken: 0, revalidated: 0 };

afterAll(() => {
  for (const [what, count] of Object.entries(seen)) expect([what, count > 20]).toEqual([what, true]);
});

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  "L2. random commits, purges, modes, syncs and failures: no answer is older than the sum, none that was refused (seed %i)",
  async (seed) => {
    const random = Random.spread(seed);
    const changes = seed % 2 === 0 ? "pulled" : "told";
    const bench = new Bench({
      reads: READS,
      isolates: 3,
      changes,
      colo: seed % 4 < 2,
      table: { freshnessMs: FRESH_MS },
    });
    const { world } = bench;
    const { host, weather, kv } = world;
    kv.choose = (versions) => (versions.length > 0 && random.chance(0.8) ? random.pick(versions) : null);
    world.colo.choose = kv.choose;
    const heard = new Map<Isolate, Heard[]>(world.isolates.map((isolate) => [isolate, listen(isolate)]));
    const purges: { readonly at: number; readonly position: Position }[] = [];
    const always = Number.NEGATIVE_INFINITY;
    const modes: ModeChange[] = [{ mode: "on", begunAt: always, endedAt: always, isDone: true }];
    const wrote: { token: Position | null; version: number } = { token: null, version: 0 };
    const work: Promise<unknown>[] = [];
    const begin = (doing: () => Promise<unknown>) => void work.push(doing().catch(() => {}));
    const now = () => world.timeline.now;

    const ask = async (isolate: Isolate) => {
      const read = random.pick(READS);
      const isStrict = random.chance(0.15);
      const token = random.chance(0.3) && read === READS[0] ? wrote.token : null;
      const { version } = wrote;
      const lenient = { boundMs: FRESH_MS, staleWhileRevalidateMs: STALE_MS, token };
      const start = now();
      const told = heard.get(isolate)?.filter(({ at }) => at < start) ?? [];
      const order = isStrict ? strictly(lenient) : lenient;
      const { result, shown } = await world.read(isolate, read, order);
      if (result.kind !== "held") return;
      const { held, outcome, position } = result;
      const showing = shown?.[R0] ?? 0;
      if (token !== null && showing < version)
        world.violated(
          `I6. shows ${showing} to the token of version ${version} (${JSON.stringify(outcome)})`,
        );
      if (outcome.kind === "hit" && outcome.detail === "verified") seen.revalidated++;
      if (outcome.kind !== "hit" || outcome.detail !== "stale-while-revalidate") return;
      seen.stale++;
      if (token !== null) seen.withToken++;
      if (isStrict) world.violated("L2. a strict reader got an older answer");
      if (position !== null) world.violated("L2. a token was made of an older answer");
      for (const { generation, floor, marks } of told) {
        if (generation !== held.generation) continue;
        const last = Math.max(floor, ...held.buckets.map((bucket) => marks.get(bucket) ?? 0));
        if (last > held.mark) world.violated(`L2. ${read.key} was refused, and served`);
      }
      for (const purge of purges) {
        if (purge.at >= start - SUM_MS || purge.position.generation !== held.generation) continue;
        seen.afterPurge++;
        if (held.mark < purge.position.mark) world.violated(`L2. ${read.key} outlived a purge by the sum`);
      }
      const allowed = modes.filter((one) => mayHold(one, modes, start - SUM_MS)).map(({ mode }) => mode);
      if (!allowed.includes(isolate.reader.mode))
        world.violated(`L2. the mode ${isolate.reader.mode} outlived its end by the sum`);
    };

    const write = async () => {
      await world.change(R0);
      const version = world.truth.version(R0);
      const isolate = random.pick(world.isolates);
      const read = READS[0] as (typeof READS)[number];
      const { result } = await world.read(isolate, read, { boundMs: 0 });
      if (result.kind === "held" && result.position && version > wrote.version)
        Object.assign(wrote, { token: result.position, version });
    };

    const purge = async () => {
      const isolate = random.pick(world.isolates);
      const { position } = await host.call((keeper) => keeper.purge({ all: true }));
      purges.push({ at: now(), position });
      await isolate.reader.follow(position, (anchored) => void anchored.catch(() => {}));
    };

    const setMode = async () => {
      const mode = random.pick(["on", "shadow", "off"] as const);
      const change: ModeChange = {
        ...{ mode, begunAt: now(), endedAt: Number.POSITIVE_INFINITY, isDone: false },
      };
      modes.push(change);
      try {
        await host.call((keeper) => keeper.setMode(mode));
        change.isDone = true;
      } finally {
        change.endedAt = now();
      }
    };

    const crash = (storageLost: boolean) => {
      host.crash(storageLost);
      if (storageLost) modes.push({ mode: "on", begunAt: now(), endedAt: now(), isDone: true });
    };

    for (let step = 0; step < 250; step++) {
      const isolate = random.pick(world.isolates);
      const choice = random.next();
      if (choice < 0.7) begin(() => ask(isolate));
      else if (choice < 0.77) begin(() => world.change(random.pick([R0, R1])));
      else if (choice < 0.82) begin(write);
      else if (choice < 0.84) begin(purge);
      else if (choice < 0.86) begin(setMode);
      else if (choice < 0.88) isolate.stub = random.chance(0.5) ? undefined : broken;
      else if (choice < 0.885) crash(random.chance(0.3));
      else if (choice < 0.93)
        for (const leg of LEGS) weather.delays[leg] = random.below(leg === "kv" ? 30 : 150);
      else await bench.pass(random.pick([500, 3_000, 7_000]));
      await bench.pass(random.below(300));
    }
    for (const isolate of world.isolates) isolate.stub = undefined;
    await bench.pass(60_000);
    await Promise.all(work);
    world.audit();
    expect(world.violations).toEqual([]);
  },
);

const LEGS = ["to-keeper", "from-keeper", "origin", "kv", "colo", "ingest", "pull"] as const;

const broken = () => ({
  sync: () => Promise.reject(new Error("overloaded")),
  fill: () => Promise.reject(new Error("overloaded")),
});

/** Notes what each sync tells an isolate, when it arrives. */
function listen(isolate: Isolate): Heard[] {
  const heard: Heard[] = [];
  isolate.through = ({ sync, fill }) => ({
    fill,
    sync: async (request) => {
      const answer = await sync(request);
      if (answer.kind === "synced") {
        const { position, buckets, marks, floor } = answer;
        heard.push({
          at: isolate.reader.now() - isolate.offset,
          ...{ generation: position.generation, floor },
          marks: new Map([...buckets].map((bucket, index) => [bucket, marks[index] as number])),
        });
      }
      return answer;
    },
  });
  return heard;
}
