import { UsageReporter } from "../../../../src/fence/usage.ts";
import type { ResolvedConfig } from "../../../../src/gateway/config/config.ts";
import { keeperSettings, schemaQuestionOf } from "../../../../src/gateway/config/keeper-settings.ts";
import type { BoundedRead, ReadResult } from "../../../../src/gateway/reader/bounded-read.ts";
import type { HeldAnswer } from "../../../../src/gateway/reader/held-answer.ts";
import { Reader } from "../../../../src/gateway/reader/reader.ts";
import type { Keeper } from "../../../../src/keeper/keeper.ts";
import type { KeeperCalls } from "../../../../src/keeper/protocol/calls.ts";
import type { CacheableRead, StoredResponse } from "../../../../src/keeper/protocol/entry.ts";
import type { Change } from "../../../../src/postgrest/row/change.ts";
import { Lru } from "../../../../src/runtime/lru.ts";
import { SteadyClock, TICK_MS } from "../../../../src/runtime/steady-clock.ts";
import type { Timeline } from "../../../../testing/time/timeline.ts";
import { type Counts, noCounts } from "../counts.ts";
import { Kv } from "../kv.ts";
import { type Network, placeOf } from "../network.ts";
import type { Backend } from "./backend.ts";
import { type StartedKeeper, startKeeper } from "./keeper.ts";

export interface DeploymentOptions {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly config: ResolvedConfig;
  readonly backend: Backend;
  readonly isolates: number;
  readonly changes: "pulled" | "told";
}

interface Isolate {
  readonly reader: Reader;
  readonly reporter: UsageReporter;
}

/** The deadline of a flight beyond the origin request's own, as the gateway has it. */
const KV_DEADLINE_MS = 1_000;

/** Like `COUNTS_WAITING` in src/gateway/read/read-handler.ts. */
const COUNTS_WAITING = 200;

/** A gateway in virtual time: the real Reader, Keeper and PullFeed, connected by lines that take time. */
export class Deployment {
  readonly counts: Counts;
  /** Wrong answers that the audit found. */
  readonly findings: readonly string[];
  readonly #options: DeploymentOptions;
  readonly #isolates: Isolate[] = [];
  readonly #keeper: Keeper;
  readonly #kv: Kv<StoredResponse>;
  readonly #rowsWritten: () => number;

  private constructor(
    options: DeploymentOptions,
    counts: Counts,
    kv: Kv<StoredResponse>,
    { keeper, rowsWritten, findings }: StartedKeeper,
  ) {
    this.#options = options;
    this.counts = counts;
    this.findings = findings;
    this.#kv = kv;
    this.#keeper = keeper;
    this.#rowsWritten = rowsWritten;
    for (let n = 0; n < options.isolates; n++) this.#isolates.push(this.#newIsolate(n));
  }

  static async start(options: DeploymentOptions): Promise<Deployment> {
    const { timeline, network, config } = options;
    const counts = noCounts();
    const kv = new Kv<StoredResponse>(timeline, network, counts);
    const keeper = await startKeeper({
      ...options,
      settings: keeperSettings(config),
      question: schemaQuestionOf(config),
      counts,
      put: (key, entry, ttlMs) => kv.put(null, `${entry.generation}/${key}`, entry, ttlMs),
    });
    return new Deployment(options, counts, kv, keeper);
  }

  /** A read as the gateway makes it: first the hot path, then the rest. */
  read(
    isolate: number,
    read: CacheableRead,
    boundMs: number,
    client: number,
  ): ReadResult | Promise<ReadResult> {
    const { reader } = this.#isolateOf(isolate);
    const order: BoundedRead = {
      ...{ read, bearer: null, boundMs, token: null, staleIfErrorMs: 0 },
      ttlMs: this.#options.config.tables.get(read.relation)?.ttlMs ?? 0,
      client: () => String(client),
      anchor: (work) => void work.catch(() => {}),
    };
    const hit = reader.hit(order);
    if (hit !== null) {
      this.#count(isolate, hit, order);
      return hit;
    }
    return reader.read(order).then((result) => {
      this.#count(isolate, result, order);
      return result;
    });
  }

  /** Reports these changes to the keeper. */
  async tell(changes: readonly Change[]): Promise<void> {
    this.counts.told++;
    await this.#keeper.ingest(changes);
  }

  /** Everything used so far. */
  used(): Counts {
    return { ...this.counts, rowsWritten: this.#rowsWritten() };
  }

  /** Counted as in ReadHandler, from which the keeper learns which keys are in demand. */
  #count(isolate: number, result: ReadResult, order: BoundedRead): void {
    const { reader, reporter } = this.#isolateOf(isolate);
    if (result.kind === "held" && result.outcome.kind === "hit") {
      if (result.outcome.detail !== "keeper") reporter.read(order.read.key);
      reporter.count(result.outcome.detail === "revalidating" ? "stale" : "hits");
    } else reporter.count(result.kind === "held" ? "misses" : "bypasses");
    if (reporter.pending > COUNTS_WAITING) reader.learn(order.anchor);
  }

  #isolateOf(number: number): Isolate {
    const isolate = this.#isolates[number];
    if (isolate === undefined) throw new Error(`there is no isolate ${number}`);
    return isolate;
  }

  #newIsolate(number: number): Isolate {
    const { timeline, config } = this.#options;
    const reporter = new UsageReporter();
    const { memoryBytes, memoryEntries } = config.limits;
    const reader = new Reader({
      clock: new SteadyClock(timeline.clock(), TICK_MS),
      keeper: () => this.#line(),
      lookup: (generation, key) => this.#kv.get(placeOf(number), `${generation}/${key}`),
      memory: new Lru<HeldAnswer>({ maxBytes: memoryBytes, maxEntries: memoryEntries }),
      reporter,
      configHash: config.hash,
      timeouts: { ...config.timeouts, kvMs: KV_DEADLINE_MS },
    });
    return { reader, reporter };
  }

  #line(): Pick<KeeperCalls, "sync" | "fill"> {
    const { timeline, network } = this.#options;
    const far = async <T>(work: () => Promise<T>): Promise<T> => {
      await timeline.sleep(network.keeperMs / 2);
      const answer = await work();
      await timeline.sleep(network.keeperMs / 2);
      return answer;
    };
    return {
      sync: (request) => {
        this.counts.syncs++;
        return far(() => this.#keeper.sync(request));
      },
      fill: (request) => {
        this.counts.fills++;
        return far(() => this.#keeper.fill(request));
      },
    };
  }
}
