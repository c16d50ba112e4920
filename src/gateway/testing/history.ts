import type { CacheableRead, Position } from "../../keeper/messages.ts";
import { bucketOf, keyName } from "../../keeper/names.ts";
import { readOf } from "../../keeper/testing/fixtures.ts";
import { TIMEOUTS } from "./isolate.ts";
import { Random } from "./random.ts";
import { Scope } from "./scope.ts";
import type { Leg, Mishap, Weather } from "./weather.ts";
import { type Build, type Platform, World } from "./world.ts";

const RELATIONS = ["public.r0", "public.r1", "public.r2"] as const;

/** Two keys share a bucket of the fence, so that neighbours are refused and found to be still good. */
const NEIGHBOUR = (() => {
  for (let n = 0; ; n++) if (bucketOf(keyName(`n${n}`)) === bucketOf(keyName("a"))) return `n${n}`;
})();

const READS: readonly CacheableRead[] = [
  readOf("a", RELATIONS[0]),
  readOf(NEIGHBOUR, RELATIONS[1]),
  readOf("c", RELATIONS[1], RELATIONS[0]),
  readOf("d", RELATIONS[2]),
  readOf("e", RELATIONS[0], RELATIONS[1], RELATIONS[2]),
];

/** What can happen in a history; drawn before it runs, so that a change of the code does not change the history. */
type Event = { readonly at: number; readonly seed: number } & (
  | { readonly kind: "read"; readonly isolate: number; readonly key: number; readonly bound: number; readonly client: number | null; readonly cancelAfter: number } // biome-ignore format: one line
  | {
      readonly kind: "write";
      readonly relation: number;
      readonly flush: boolean;
      readonly client: number | null;
    }
  | { readonly kind: "crash"; readonly storageLost: boolean }
  | { readonly kind: "vanish"; readonly isolate: number }
  | { readonly kind: "sleep"; readonly isolate: number; readonly lasts: number }
  | { readonly kind: "purge"; readonly key: number | null }
);

/** A client that reads its own writes (PROTOCOL, rule 22). */
interface Client {
  readonly own: Map<string, number>;
  /** Reads strictly until one such read, begun after the last acknowledged write, has answered. */
  strictSince: number | null;
  token: Position | null;
}

export interface Outcome {
  readonly violations: readonly string[];
  readonly reads: number;
  readonly kinds: Readonly<Record<string, number>>;
}

class SeededWeather implements Weather {
  readonly #random: Random;
  readonly #lossy: boolean;
  readonly #slowness: number;
  readonly #flaky: boolean;

  constructor(random: Random) {
    this.#random = random;
    this.#lossy = random.chance(0.3);
    this.#flaky = random.chance(0.2);
    this.#slowness = random.pick([1, 1, 3, 8]);
  }

  delay(leg: Leg): number {
    if (leg === "put" && this.#random.chance(0.2)) return this.#random.next() * 90_000;
    return this.#random.delay() * (leg === "origin" ? this.#slowness : 1);
  }

  chance(mishap: Mishap): boolean {
    const likely = mishap.startsWith("lost") ? this.#lossy && 0.05 : this.#flaky && 0.1;
    return this.#random.chance(likely || 0);
  }
}

function eventsOf(random: Random): Event[] {
  const gap = random.pick([40, 200, 800, 3_000, 8_000]);
  const faults = random.pick([0, 0.05, 0.15, 0.3]);
  const writes = random.pick([0.15, 0.3, 0.5]);
  const bounds = random.pick([[0], [1_000], [10_000], [60_000], [0, 1_000, 10_000, 60_000]]);
  const count = 5 + random.below(28);
  const events: Event[] = [];
  let time = 0;
  for (let n = 0; n < count; n++) {
    time += -Math.log(1 - random.next()) * gap;
    const base = { at: time, seed: random.below(2 ** 31) };
    const isolate = random.below(4);
    const client = random.chance(0.4) ? random.below(2) : null;
    const kind = random.next();
    if (kind < faults) {
      const fault = random.next();
      if (fault < 0.35) events.push({ ...base, kind: "crash", storageLost: random.chance(0.25) });
      else if (fault < 0.5) events.push({ ...base, kind: "vanish", isolate });
      else if (fault < 0.8)
        events.push({
          ...base,
          kind: "sleep",
          isolate,
          lasts: random.next() * random.pick([500, 5_000, 40_000]),
        });
      else
        events.push({ ...base, kind: "purge", key: random.chance(0.5) ? random.below(READS.length) : null });
    } else if (kind < faults + (1 - faults) * writes) {
      const relation = random.below(RELATIONS.length);
      events.push({ ...base, kind: "write", relation, flush: random.chance(0.07), client });
    } else {
      const cancelAfter = random.chance(0.1) ? random.next() * 1_000 : Number.POSITIVE_INFINITY;
      const [key, bound] = [random.below(READS.length), random.pick(bounds)];
      events.push({ ...base, kind: "read", isolate, key, bound, client, cancelAfter });
    }
  }
  return events;
}

/** Runs the history of a seed, in virtual time, and tells what broke. */
export async function runHistory(seed: number, platform: Platform, build?: Build): Promise<Outcome> {
  const random = new Random(seed);
  const events = eventsOf(random);
  const isolates = 1 + random.below(4);
  // Fewer places than keys: keys are evicted and come back.
  const limits = { maxKeys: random.pick([2, 3, 100, 100]), refillsPerMinute: random.pick([0, 1_000]) };
  const weather = new SeededWeather(new Random(seed + 1));
  const world = new World(platform, { weather, reads: READS, isolates, limits, ...(build && { build }) });
  const lag = new Random(seed + 2);
  world.kv.choose = (versions) =>
    lag.chance(0.1) ? null : lag.chance(0.6) ? (versions.at(-1) ?? null) : (lag.pick(versions) ?? null);
  const run = new Run(world, random);
  for (const event of events) {
    await world.clock.advance(event.at - run.elapsed);
    run.happen(event);
    await world.clock.advance(0);
    world.audit();
  }
  for (let step = 0; step < 6; step++) {
    await world.clock.advance(20_000);
    world.audit();
  }
  run.end();
  return { violations: world.violations, reads: run.answered, kinds: run.kinds };
}

class Run {
  readonly #world: World;
  readonly #random: Random;
  readonly #clients: Client[] = [0, 1].map(() => ({ own: new Map(), strictSince: null, token: null }));
  readonly #open = new Map<string, Scope>();
  readonly #start: number;
  #ingested: Promise<void> = Promise.resolve();
  answered = 0;
  readonly kinds: Record<string, number> = {};

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.#start = world.clock.now();
  }

  get elapsed(): number {
    return this.#world.clock.now() - this.#start;
  }

  happen(event: Event): void {
    const { isolates, host, clock } = this.#world;
    switch (event.kind) {
      case "read":
        this.#read(event);
        break;
      case "write":
        this.#write(event);
        break;
      case "crash":
        host.crash(event.storageLost);
        break;
      case "vanish": {
        const at = event.isolate % isolates.length;
        isolates[at]?.scope.end();
        isolates[at] = this.#world.newIsolate(at);
        break;
      }
      case "sleep":
        isolates[event.isolate % isolates.length]?.scope.sleep(clock.now() + event.lasts);
        break;
      case "purge": {
        const key = event.key === null ? undefined : READS[event.key]?.key;
        host
          .call((keeper) => keeper.purge(key === undefined ? { all: true } : { keys: [key] }))
          .catch(() => {});
      }
    }
  }

  /** Who is still waiting has been left hanging. */
  end(): void {
    for (const [what, scope] of this.#open)
      if (!scope.ended) this.#world.violated(`10. ${what} was never answered`);
  }

  #read(event: Extract<Event, { kind: "read" }>): void {
    const world = this.#world;
    const isolate = world.isolates[event.isolate % world.isolates.length];
    const read = READS[event.key];
    if (!isolate || !read) return;
    const scope = new Scope(isolate.scope);
    const what = `the read of ${read.key} at ${this.elapsed}`;
    const client = event.client === null ? undefined : this.#clients[event.client];
    const start = world.clock.now();
    const strict = client?.strictSince != null;
    const own = new Map(client?.own);
    const boundMs = strict ? 0 : event.bound;
    const token = strict ? null : (client?.token ?? null);
    this.#open.set(what, scope);
    if (event.cancelAfter < Number.POSITIVE_INFINITY) {
      void world.clock.sleep(event.cancelAfter).then(() => {
        if (this.#open.has(what)) scope.end();
      });
    }
    const slept = () => scope.sleepsUntil > start;
    world.read(isolate, read, { boundMs, token }, scope).then(
      ({ result, shown, took }) => {
        this.#open.delete(what);
        this.answered++;
        const name = JSON.stringify("outcome" in result ? result.outcome : result);
        this.kinds[name] = (this.kinds[name] ?? 0) + 1;
        if (took > TIMEOUTS.syncMs + TIMEOUTS.fillMs + 1 && !slept())
          world.violated(`10. ${what} took ${took} ms`);
        if (!shown) return;
        for (const [relation, version] of own) {
          const seen = shown[relation];
          if (seen !== undefined && seen < version)
            world.violated(`6. ${what} shows ${relation} at ${seen}, own write is ${version}`);
        }
        if (client?.strictSince == null || !strict || start <= client.strictSince) return;
        if (result.kind !== "held" || result.position === null) return;
        client.strictSince = null;
        client.token = result.position;
      },
      (error) => world.violated(`9. ${what} failed: ${error}`),
    );
  }

  /** Commits at once; the change arrives at the keeper some time later, after those committed before it. */
  #write(event: Extract<Event, { kind: "write" }>): void {
    const world = this.#world;
    const relation = RELATIONS[event.relation] as string;
    const version = world.truth.commit(relation);
    const client = event.client === null ? undefined : this.#clients[event.client];
    const delay = new Random(event.seed).delay();
    // Sometimes it never arrives: then its successor's arrival is what counts.
    if (!client && this.#random.chance(0.05)) return;
    const arrived = world.clock.sleep(delay);
    this.#ingested = this.#ingested.then(async () => {
      await arrived;
      await world
        .ingest(relation, version, event.flush)
        .catch(() => world.ingest(relation, version, event.flush));
      if (!client) return;
      client.own.set(relation, Math.max(client.own.get(relation) ?? 0, version));
      client.strictSince = world.clock.now();
    });
  }
}
