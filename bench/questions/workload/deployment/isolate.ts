import { UsageReporter } from "../../../../src/fence/usage.ts";
import { AudienceFinder } from "../../../../src/gateway/bearers/audience-finder.ts";
import type { ResolvedConfig } from "../../../../src/gateway/config/config.ts";
import type { BoundedRead, ReadResult } from "../../../../src/gateway/reader/bounded-read.ts";
import { type ColoPort, NO_COLO } from "../../../../src/gateway/reader/colo/colo-cache.ts";
import type { HeldAnswer } from "../../../../src/gateway/reader/held-answer.ts";
import { Reader } from "../../../../src/gateway/reader/reader.ts";
import type { KeeperCalls } from "../../../../src/keeper/protocol/calls.ts";
import type { StoredResponse } from "../../../../src/keeper/protocol/entry.ts";
import { Lru } from "../../../../src/runtime/lru.ts";
import { SteadyClock, TICK_MS } from "../../../../src/runtime/steady-clock.ts";
import type { Timeline } from "../../../../testing/time/timeline.ts";

export interface IsolateParts {
  readonly timeline: Timeline;
  readonly config: ResolvedConfig;
  readonly keeper: () => Pick<KeeperCalls, "sync" | "fill" | "audience">;
  readonly isNear?: () => boolean;
  readonly colo?: ColoPort | undefined;
  readonly lookup: (generation: string, key: string) => Promise<StoredResponse | null>;
}

/** The deadline of a flight beyond the origin request's own, as the gateway has it. */
const KV_DEADLINE_MS = 1_000;

/** Like `COUNTS_WAITING` in src/gateway/read/read-counter.ts. */
const COUNTS_WAITING = 200;

/** One isolate of a gateway: what `GatewayIsolate` puts together, without HTTP. */
export class Isolate {
  readonly audiences: AudienceFinder;
  readonly #reader: Reader;
  readonly #reporter = new UsageReporter();

  constructor({ timeline, config, keeper, lookup, isNear = () => false, colo = NO_COLO }: IsolateParts) {
    const { limits, timeouts, hash: configHash } = config;
    const clock = new SteadyClock(timeline.clock(), TICK_MS);
    const reader = new Reader({
      ...{ clock, keeper, lookup, isNear, colo, configHash, reporter: this.#reporter },
      memory: new Lru<HeldAnswer>({ maxBytes: limits.memoryBytes, maxEntries: limits.memoryEntries }),
      timeouts: { ...timeouts, kvMs: KV_DEADLINE_MS },
    });
    this.#reader = reader;
    this.audiences = new AudienceFinder({
      ...{ clock, keeper, breaker: reader.breaker, timeouts, configHash },
      wall: () => timeline.now,
      judgedBy: () => reader.fence?.generation ?? null,
      learn: (anchor) => reader.learn(anchor),
    });
  }

  /** A read as the gateway makes it: first the hot path, then the rest. */
  read(order: BoundedRead): ReadResult | Promise<ReadResult> {
    const hit = this.#reader.hit(order);
    if (hit !== null) return this.#counted(hit, order);
    return this.#reader.miss(order).then((result) => this.#counted(result, order));
  }

  /** Counted as in ReadHandler, from which the keeper learns which keys are in demand. */
  #counted(result: ReadResult, { read, anchor }: BoundedRead): ReadResult {
    const reporter = this.#reporter;
    if (result.kind === "held" && result.outcome.kind === "hit") {
      if (result.outcome.detail !== "keeper") reporter.read(read.key);
      reporter.count(result.outcome.detail === "revalidating" ? "stale" : "hits");
    } else reporter.count(result.kind === "held" ? "misses" : "bypasses");
    if (reporter.pending > COUNTS_WAITING) this.#reader.learn(anchor);
    return result;
  }
}
