import { UsageReporter } from "../../fence/usage.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import type { Position } from "../../keeper/protocol/position.ts";
import { CONFIG } from "../../keeper/testing/fixtures.ts";
import { Lru } from "../../runtime/lru.ts";
import { SteadyClock, TICK_MS } from "../../runtime/steady-clock.ts";
import type { VirtualClock } from "../../runtime/virtual-clock.ts";
import type { BoundedRead } from "../reader/bounded-read.ts";
import type { HeldAnswer } from "../reader/held-answer.ts";
import { Reader } from "../reader/reader.ts";
import type { KeeperHost } from "./keeper-host.ts";
import type { KvModel } from "./kv-model.ts";
import { type Ambient, Scope, ScopedClock } from "./scope.ts";
import type { Weather } from "./weather.ts";

export const TIMEOUTS = { syncMs: 2_000, fillMs: 10_000, kvMs: 1_000 };

export interface IsolateParts {
  readonly clock: VirtualClock;
  readonly ambient: Ambient;
  readonly weather: Weather;
  readonly host: KeeperHost;
  readonly kv: KvModel;
  readonly offset: number;
}

type Calls = Pick<KeeperCalls, "sync" | "fill">;

/** One isolate: a `Reader` with a memory and a clock of its own, at the end of slow and lossy lines. */
export class Isolate {
  readonly scope = new Scope();
  readonly memory = new Lru<HeldAnswer>({ maxBytes: 1_000_000, maxEntries: 100 });
  readonly reporter = new UsageReporter();
  readonly reader: Reader;
  readonly offset: number;
  readonly #parts: IsolateParts;
  /** Each call is another reader's, in this isolate or another, unless a test says whose it is. */
  static #readers = 0;
  /** Calls of the keeper, by method: what was asked, as it was asked. */
  readonly calls: {
    readonly sync: Parameters<Calls["sync"]>[0][];
    readonly fill: Parameters<Calls["fill"]>[0][];
  } = { sync: [], fill: [] };
  kvReads = 0;
  /** Replaces the lines to the keeper. */
  stub: (() => Calls) | undefined;

  constructor(parts: IsolateParts) {
    this.#parts = parts;
    this.offset = parts.offset;
    const { clock, ambient, kv, weather } = parts;
    const scope = () => ambient.getStore() ?? this.scope;
    this.reader = new Reader({
      clock: new SteadyClock(new ScopedClock(clock, parts.offset, scope), TICK_MS),
      keeper: () => this.stub?.() ?? this.#line(),
      lookup: (generation, key) => {
        this.kvReads++;
        return scope().own(
          clock,
          clock.sleep(weather.delay("kv")).then(() => kv.get(generation, key)),
        );
      },
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
      ttlMs: 3_600_000,
      staleIfErrorMs: 0,
      boundMs: 10_000,
      token: null as Position | null,
      client: () => `reader-${Isolate.#readers++}`,
      anchor: (work) => void work.catch(() => {}),
      ...order,
    };
    const { clock, ambient } = this.#parts;
    const start = async () => this.reader.hit(full) ?? (await this.reader.read(full));
    return scope.own(clock, ambient.run(scope, start));
  }

  #line(): Calls {
    const { clock, ambient, weather, host } = this.#parts;
    const scope = ambient.getStore() ?? this.scope;
    const call = async <T>(work: () => Promise<T>): Promise<T> => {
      await clock.sleep(weather.delay("to-keeper"));
      if (weather.chance("lost-call")) return new Promise<T>(() => {});
      const answer = await work().then(
        (value) => ({ value: structuredClone(value) }),
        (error: unknown) => ({ error }),
      );
      if (weather.chance("lost-answer")) return new Promise<T>(() => {});
      await clock.sleep(weather.delay("from-keeper"));
      if ("error" in answer) throw answer.error;
      return answer.value;
    };
    return {
      sync: (request) => {
        this.calls.sync.push(request);
        const sent = structuredClone(request);
        return scope.own(
          clock,
          call(() => host.call((keeper) => keeper.sync(sent))),
        );
      },
      fill: (request) => {
        this.calls.fill.push(request);
        const sent = structuredClone(request);
        return scope.own(
          clock,
          call(() => host.call((keeper) => keeper.fill(sent))),
        );
      },
    };
  }
}
