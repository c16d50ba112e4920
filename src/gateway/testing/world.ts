import type { Scope } from "../../../testing/time/scope.ts";
import { Timeline } from "../../../testing/time/timeline.ts";
import {
  type KeeperLimits,
  type KeeperSettings,
  NOBODY_SIGNED_IN,
  type TableSettings,
} from "../../keeper/ports/settings.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import { CONFIG, changeOf, flushOf } from "../../keeper/testing/fixtures.ts";
import type { BoundedRead, ReadResult } from "../reader/bounded-read.ts";
import { hold } from "../reader/held-answer.ts";
import { ColoModel } from "./colo-model.ts";
import { Isolate } from "./isolate.ts";
import { KeeperHost } from "./keeper-host.ts";
import { KvModel } from "./kv-model.ts";
import { OutboxModel } from "./outbox-model.ts";
import { showing, Truth } from "./truth.ts";
import { Weather } from "./weather.ts";

export interface WorldOptions {
  readonly reads: readonly CacheableRead[];
  readonly isolates?: number;
  /** Far apart by default: only durations may cross machines, but for the time to live. */
  readonly keeperOffset?: number;
  readonly table?: Partial<TableSettings>;
  readonly limits?: Partial<KeeperLimits>;
  /** Whether the isolates are of one data centre and share its cache. */
  readonly colo?: boolean;
  /** How the keeper learns of changes; told unless said otherwise. */
  readonly changes?: "told" | "pulled";
}

export interface Answer {
  readonly result: ReadResult;
  /** The versions shown; null for what is left to the origin. */
  readonly shown: Record<string, number> | null;
  readonly took: number;
}

const EPOCH = 1_800_000_000_000;

const LIMITS: KeeperLimits = {
  maxKeys: 1_000,
  registryBytes: 10_000_000,
  newKeysPerClientPerMinute: 100_000,
  kvWritesPerDay: 100_000,
  refillsPerMinute: 1_000,
  keeperMemoryBytes: 1_000_000,
};

/** Clocks agree to this much: an isolate's clock ticks with every look at frozen time. No line is that fast. */
const SLACK_MS = 1;

/** A keeper, isolates, KV and a database in virtual time, watched from outside. */
export class World {
  readonly timeline = new Timeline(EPOCH);
  readonly clock = this.timeline.clock();
  readonly weather = new Weather();
  readonly truth = new Truth();
  readonly kv = new KvModel();
  readonly colo = new ColoModel();
  readonly host: KeeperHost;
  readonly violations: string[] = [];
  readonly isolates: Isolate[] = [];
  /** Where changes are pulled from; null: they are told. */
  readonly outbox: OutboxModel | null;
  readonly #options: WorldOptions;
  /**
   * Each call is another reader's, counted from the beginning of each world: the keeper tells clients apart by few bits, so which
   * of them pass for one depends on their names.
   */
  #readers = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    const way = () => this.timeline.sleep(this.weather.delays.pull);
    this.outbox = options.changes === "pulled" ? new OutboxModel(way) : null;
    const { timeline, weather, truth, kv, outbox } = this;
    const { keeperOffset = 7_654_321 } = options;
    const violated = (what: string) => this.violated(what);
    const settings = settingsOf(options);
    this.host = new KeeperHost({ timeline, settings, weather, truth, kv, outbox, violated, keeperOffset });
    for (let n = 0; n < (options.isolates ?? 1); n++) this.isolates.push(this.newIsolate(n));
  }

  violated(what: string): void {
    this.violations.push(`${what} (at ${this.timeline.now - EPOCH})`);
  }

  newIsolate(number: number): Isolate {
    const { timeline, host, kv, weather } = this;
    const colo = this.#options.colo ? this.colo.portOf(timeline, weather) : undefined;
    // Clocks of machines differ by any amount.
    const offset = (number % 2 === 0 ? 1 : -1) * 3_333.25 * (number + 1);
    const client = () => `reader-${this.#readers++}`;
    return new Isolate({ timeline, host, kv, weather, offset, client, ...(colo && { colo }) });
  }

  /** Reads and judges the answer: by its bound (I1), and by the proof that it claims (I2). */
  async read(
    isolate: Isolate,
    read: CacheableRead,
    order: Partial<BoundedRead> = {},
    scope?: Scope,
  ): Promise<Answer> {
    const start = this.timeline.now;
    const result = await isolate.read(read, order, scope);
    const took = this.timeline.now - start;
    if (result.kind !== "held") return { result, shown: null, took };
    const { held, asOf, outcome } = result;
    const detail = outcome.kind === "hit" ? outcome.detail : null;
    if (detail !== "stale-if-error") {
      const { boundMs = 10_000, staleWhileRevalidateMs = 0 } = order;
      const bound = boundMs + (detail === "stale-while-revalidate" ? staleWhileRevalidateMs : 0);
      const lacks = this.truth.lacks(held.body, start - bound);
      if (lacks)
        this.violated(
          `I1. ${read.key}, bound ${bound}, begun at ${start} (${JSON.stringify(outcome)}): ${lacks}`,
        );
      this.#prove(isolate, held.body, asOf, `answer to ${read.key}`);
    }
    return { result, shown: showing(held.body), took };
  }

  /** Commits a change of a relation, and lets the keeper ingest it; where changes are pulled, it is not told. */
  async change(relation: string, flush = false): Promise<void> {
    if (this.outbox) {
      this.outbox.commit(relation);
      this.truth.ingested(relation, this.truth.commit(relation), this.timeline.now);
      return;
    }
    await this.ingest(relation, this.truth.commit(relation), flush);
  }

  async ingest(relation: string, version: number, flush = false): Promise<void> {
    const change = flush ? flushOf(relation) : changeOf(relation);
    await this.host.call((keeper) => keeper.ingest([change]));
    this.truth.ingested(relation, version, this.timeline.now);
  }

  /** Everything that an isolate holds or could be given by KV, against what its fence says of it. */
  audit(): void {
    const { reads } = this.#options;
    for (const isolate of this.isolates) {
      const { fence } = isolate.reader;
      if (!fence || isolate.scope.ended) continue;
      for (const read of reads) {
        const held = isolate.memory.get(read.key);
        if (!held) continue;
        this.#prove(isolate, held.body, held.provenAt, `${read.key} in memory`);
        if (fence.accepts(held))
          this.#prove(isolate, held.body, fence.asOf, `${read.key} in memory, by the fence`);
      }
      for (const { key, entry } of [...this.kv.all(), ...this.colo.all()]) {
        const read = reads.find((candidate) => candidate.key === key);
        if (!read) continue;
        const held = hold(key, entry, Number.NEGATIVE_INFINITY);
        if (fence.accepts(held))
          this.#prove(isolate, held.body, fence.asOf, `${key} in a store, by the fence`);
      }
    }
  }

  #prove(isolate: Isolate, body: ArrayBuffer, asOf: number, what: string): void {
    const moment = asOf - isolate.offset - SLACK_MS;
    const lacks = this.truth.lacks(body, moment);
    if (lacks) this.violated(`I2. ${what} claims to be proven as of ${moment}: ${lacks}`);
  }
}

function settingsOf({ reads, table, limits }: WorldOptions): KeeperSettings {
  const settings: TableSettings = {
    freshnessMs: 10_000,
    ttlMs: 3_600_000,
    staleIfErrorMs: 86_400_000,
    ...table,
  };
  return {
    configHash: CONFIG,
    tables: new Map(reads.map(({ relation }) => [relation, settings])),
    declared: { dependsOn: new Map(), tables: new Set() },
    audiences: NOBODY_SIGNED_IN,
    limits: { ...LIMITS, ...limits },
    ownerTrustMs: 0,
    auditEveryMs: 0,
    schemaReloadMs: 0,
    flightDeadlineMs: 9_000,
  };
}
