import { DatabaseSync } from "node:sqlite";
import { nodeSql } from "../../../testing/node-sql.ts";
import { ambient, clockOf, Scope } from "../../../testing/time/scope.ts";
import type { Timeline } from "../../../testing/time/timeline.ts";
import { PullFeed } from "../../keeper/changes/pull-feed.ts";
import { Keeper } from "../../keeper/keeper.ts";
import type { Feed, FeedHost, OriginAnswer } from "../../keeper/ports/ports.ts";
import type { KeeperSettings } from "../../keeper/ports/settings.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import { Meta } from "../../keeper/storage/meta.ts";
import { migrate } from "../../keeper/storage/migrations.ts";
import { FOOTPRINTS, relationsOf, responseOf } from "../../keeper/testing/fixtures.ts";
import { hash32 } from "../../runtime/hash.ts";
import type { KvModel } from "./kv-model.ts";
import type { OutboxModel } from "./outbox-model.ts";
import type { Truth } from "./truth.ts";
import type { Weather } from "./weather.ts";

export interface HostParts {
  readonly timeline: Timeline;
  readonly settings: KeeperSettings;
  readonly weather: Weather;
  readonly truth: Truth;
  readonly kv: KvModel;
  readonly violated: (what: string) => void;
  /** Where changes are pulled from; null: they are told. */
  readonly outbox: OutboxModel | null;
  /** How far the keeper's clock is from the isolates' clocks. */
  readonly keeperOffset: number;
}

/** The keeper's Durable Object: one storage, one instance after another. */
export class KeeperHost {
  readonly #parts: HostParts;
  readonly #offset: number;
  #database = new DatabaseSync(":memory:");
  #scope: Scope;
  #alarmAt = Number.POSITIVE_INFINITY;
  #incarnations = 0;
  keeper: Keeper;
  originRequests = 0;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#offset = parts.keeperOffset;
    this.#scope = new Scope(parts.timeline);
    this.keeper = this.#start();
  }

  /** The instance is gone; the next one starts on the same storage, or on an empty one. */
  crash(storageLost: boolean): void {
    this.#scope.end();
    if (storageLost) {
      this.#database = new DatabaseSync(":memory:");
      this.#alarmAt = Number.POSITIVE_INFINITY;
    }
    this.keeper = this.#start();
  }

  /** Runs a call inside the instance; fails when that ends meanwhile. */
  call<T>(work: (keeper: Keeper) => Promise<T>): Promise<T> {
    const { keeper } = this;
    const scope = this.#scope;
    return Promise.race([ambient.run(scope, () => work(keeper)), scope.ending]);
  }

  #start(): Keeper {
    const { timeline, settings, kv, weather, outbox } = this.#parts;
    const scope = new Scope(timeline);
    this.#scope = scope;
    const clock = clockOf(
      () => timeline.now + this.#offset,
      () => scope,
    );
    const steady = { proven: false, asOf: () => clock.now(), reach: async () => false };
    const told = (): Feed => ({ ...steady, alone: async () => {}, nudge: () => {}, forget: () => {} });
    const sql = nodeSql(this.#database);
    const pulled = (source: OutboxModel) => (host: FeedHost) => {
      migrate(sql);
      const schema = { version: 1, refresh: async () => true };
      return new PullFeed({ source, meta: new Meta(sql), schema, tell: () => {} }, host);
    };
    const feed = outbox === null ? told : pulled(outbox);
    const asking = new Map<string, number>();
    return ambient.run(
      scope,
      () =>
        new Keeper(
          {
            sql,
            clock,
            alarm: { wakeAt: (time) => this.#wakeAt(time - this.#offset) },
            origin: { fetch: (read) => scope.own(this.#ask(read, asking)), whoami: async () => "failed" },
            store: {
              put: (key, entry) =>
                scope.own(timeline.sleep(weather.delays.put).then(() => kv.put(key, entry))),
            },
            feed,
            // As random as the history that is played again must be.
            digest: async (text) => hash32(text).toString(36),
            footprints: FOOTPRINTS,
            databaseStatus: () => ({ schemaState: "none", pulling: null }),
            report: () => {},
            newIncarnation: () => `incarnation${++this.#incarnations}`,
            restart: () => queueMicrotask(() => scope === this.#scope && this.crash(false)),
          },
          settings,
        ),
    );
  }

  /** One origin request; more than one at a time for a key in one instance breaks I3. */
  async #ask(read: CacheableRead, asking: Map<string, number>): Promise<OriginAnswer> {
    const { timeline, weather, truth, settings, violated } = this.#parts;
    this.originRequests++;
    const until = asking.get(read.key) ?? Number.NEGATIVE_INFINITY;
    if (until > timeline.now) violated(`I3. two origin requests at a time for ${read.key}`);
    const [before, after] = [weather.delays.origin, weather.delays.origin];
    // One that outlives the flight's deadline is given up by the keeper: a named exception.
    const givenUpAt = timeline.now + settings.flightDeadlineMs - 0.01;
    asking.set(read.key, givenUpAt);
    await timeline.sleep(before);
    const body = truth.read(relationsOf(read.asked));
    await timeline.sleep(after);
    if (asking.get(read.key) === givenUpAt) asking.delete(read.key);
    if (weather.mishaps.has("origin-fails")) return { kind: "failed", reason: "unreachable" };
    return weather.mishaps.has("origin-errs") ? responseOf("{}", 500) : responseOf(body);
  }

  #wakeAt(time: number): void {
    if (time >= this.#alarmAt) return;
    this.#alarmAt = time;
    const { timeline } = this.#parts;
    timeline.at(time, async () => {
      if (this.#alarmAt !== time) return;
      this.#alarmAt = Number.POSITIVE_INFINITY;
      // At least once: an alarm that dies with its instance is rung again.
      await this.call((keeper) => keeper.alarm()).catch(() => this.#wakeAt(timeline.now + 2_000));
    });
  }
}
