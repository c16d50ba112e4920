import { RateLimit } from "../keeper/budgets/rate-limit.ts";
import type { FillAnswer, FillRequest } from "../keeper/protocol/fill.ts";
import type { SteadyClock } from "../runtime/steady-clock.ts";
import type { FenceCopy } from "./fence-copy.ts";
import type { MirrorSettings } from "./ports.ts";
import type { RememberedBodies, RememberedBody } from "./remembered-bodies.ts";

/** A refill begins this many of its durations before its readers may not have the body any more. */
const LEAD = 1.5;

/** Refills under way or waiting for their time. Past it, a key waits for its next reader instead. */
const AT_MOST = 1_000;

interface MirrorRefillsPorts {
  readonly clock: SteadyClock;
  readonly copy: FenceCopy;
  readonly bodies: RememberedBodies;
  readonly settings: Pick<MirrorSettings, "configHash" | "tables" | "refillsPerMinute">;
  readonly forward: (request: FillRequest) => Promise<FillAnswer>;
}

/** Refills keys in demand when a change has invalidated them, ahead of their next reader, within a budget (M4). */
export class MirrorRefills {
  readonly #ports: MirrorRefillsPorts;
  readonly #limit: RateLimit;
  readonly #busy = new Set<string>();

  constructor(ports: MirrorRefillsPorts) {
    this.#ports = ports;
    this.#limit = new RateLimit(ports.settings.refillsPerMinute, ports.clock.now());
  }

  /** Refills what the fence refuses. */
  refused(): void {
    const { clock, bodies } = this.#ports;
    const now = clock.now();
    for (const body of [...bodies.wanted()]) {
      const { key, relation } = body.read;
      // A strict read asks the keeper in any case.
      const freshnessMs = this.#ports.settings.tables.get(relation)?.freshnessMs ?? 0;
      if (freshnessMs === 0 || this.#busy.has(key) || !this.#isRefused(body)) continue;
      if (this.#busy.size >= AT_MOST || !this.#limit.take(now)) return;
      this.#busy.add(key);
      this.#refill(body, body.begin + freshnessMs - LEAD * body.tookMs - now)
        .catch(() => {})
        .finally(() => this.#busy.delete(key));
    }
  }

  /**
   * As long as its readers may have the body by its age, it is not asked for again: a key that changes all the time costs
   * the origin one request a bound, not one a change (P14).
   */
  async #refill({ read }: RememberedBody, inMs: number): Promise<void> {
    const { clock, copy, bodies, settings, forward } = this.#ports;
    if (inMs > 0) await clock.sleep(inMs);
    const now = clock.now();
    const body = bodies.peek(read.key);
    const { fence } = copy;
    if (!body || !fence || !this.#isRefused(body)) return;
    const { entry } = body;
    const ttlMs = settings.tables.get(read.relation)?.ttlMs ?? 0;
    const isPresented = entry.generation === fence.generation && now - entry.filledAt < ttlMs;
    const answer = await forward({
      configHash: settings.configHash,
      read,
      have: isPresented ? { generation: entry.generation, mark: entry.mark } : null,
      at: fence.position,
      ...{ bearer: null, token: null, client: "", priority: "refresh", pulled: false },
      // With its readers' bound it would get the same body back (P13).
      boundMs: 0,
    });
    if (answer.kind === "good" && isPresented) bodies.restamp(body, answer.position.mark);
  }

  #isRefused({ entry, buckets }: RememberedBody): boolean {
    return this.#ports.copy.fence?.accepts({ ...entry, buckets }) === false;
  }
}
