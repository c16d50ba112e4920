import { ambient, clockOf, Scope } from "../../../testing/time/scope.ts";
import type { Timeline } from "../../../testing/time/timeline.ts";
import { UsageReporter } from "../../fence/usage.ts";
import type { Keeper } from "../../keeper/keeper.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import type { Position } from "../../keeper/protocol/position.ts";
import { CONFIG } from "../../keeper/testing/fixtures.ts";
import { Lru } from "../../runtime/lru.ts";
import { SteadyClock, TICK_MS } from "../../runtime/steady-clock.ts";
import type { BoundedRead } from "../reader/bounded-read.ts";
import { type ColoPort, NO_COLO } from "../reader/colo/colo-cache.ts";
import type { HeldAnswer } from "../reader/held-answer.ts";
import { Reader } from "../reader/reader.ts";
import type { KeeperHost } from "./keeper-host.ts";
import type { KvModel } from "./kv-model.ts";
import type { Weather } from "./weather.ts";

export const TIMEOUTS = { startMs: 30, syncMs: 2_000, fillMs: 10_000, kvMs: 1_000 };

export interface IsolateParts {
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly host: KeeperHost;
  readonly kv: KvModel;
  readonly offset: number;
  /** Who reads, unless a test says whose read it is. */
  readonly client: () => string;
  /** What the data centre's cache is to the isolate. Undefined: there is none. */
  readonly colo?: (scope: () => Scope) => ColoPort;
}

type Calls = Pick<KeeperCalls, "sync" | "fill">;

/** One isolate: a `Reader` with a memory and a clock of its own, at the end of slow lines. */
export class Isolate {
  readonly scope: Scope;
  readonly memory = new Lru<HeldAnswer>({ maxBytes: 1_000_000, maxEntries: 100 });
  readonly reporter = new UsageReporter();
  readonly reader: Reader;
  readonly offset: number;
  readonly #parts: IsolateParts;
  /** Calls of the keeper, by method: what was asked, as it was asked. */
  readonly calls: {
    readonly sync: Parameters<Calls["sync"]>[0][];
    readonly fill: Parameters<Calls["fill"]>[0][];
  } = { sync: [], fill: [] };
  kvReads = 0;
  isNear = false;
  /** Replaces the lines to the keeper. */
  stub: (() => Calls) | undefined;
  /** Stands between the isolate and its lines. */
  through: (lines: Calls) => Calls = (lines) => lines;

  constructor(parts: IsolateParts) {
    this.#parts = parts;
    this.offset = parts.offset;
    const { timeline, kv, weather, offset } = parts;
    this.scope = new Scope(timeline);
    const scope = () => ambient.getStore() ?? this.scope;
    this.reader = new Reader({
      clock: new SteadyClock(
        clockOf(() => timeline.now + offset, scope),
        TICK_MS,
      ),
      keeper: () => this.through(this.stub?.() ?? this.#line()),
      lookup: (generation, key) => {
        this.kvReads++;
        return scope().own(timeline.sleep(weather.delays.kv).then(() => kv.get(generation, key)));
      },
      isNear: () => this.isNear,
      colo: parts.colo === undefined ? NO_COLO : parts.colo(scope),
      memory: this.memory,
      reporter: this.reporter,
      configHash: CONFIG,
      timeouts: TIMEOUTS,
    });
  }

  /** A read as the gateway makes it: first the hot path, then the rest. */
  read(read: CacheableRead, order: Partial<BoundedRead>, scope = new Scope(this.scope)) {
    const full: BoundedRead = {
      read,
      bearer: null,
      ttlMs: 3_600_000,
      staleIfErrorMs: 0,
      staleWhileRevalidateMs: 0,
      boundMs: 10_000,
      token: null as Position | null,
      client: this.#parts.client,
      anchor: (work) => void work.catch(() => {}),
      ...order,
    };
    const start = async () => this.reader.hit(full) ?? (await this.reader.read(full));
    return scope.own(ambient.run(scope, start));
  }

  /** A remote call: what is sent and what comes back are copies, and both ways take time. */
  #line(): Calls {
    const { timeline, weather, host } = this.#parts;
    const scope = ambient.getStore() ?? this.scope;
    const call = async <T>(work: (keeper: Keeper) => Promise<T>): Promise<T> => {
      await timeline.sleep(weather.delays["to-keeper"]);
      const answer = await host.call(work).then(
        (value) => ({ value: structuredClone(value) }),
        (error: unknown) => ({ error }),
      );
      await timeline.sleep(weather.delays["from-keeper"]);
      if ("error" in answer) throw answer.error;
      return answer.value;
    };
    return {
      sync: (request) => {
        this.calls.sync.push(request);
        const sent = structuredClone(request);
        return scope.own(call((keeper) => keeper.sync(sent)));
      },
      fill: (request) => {
        this.calls.fill.push(request);
        const sent = structuredClone(request);
        return scope.own(call((keeper) => keeper.fill(sent)));
      },
    };
  }
}
