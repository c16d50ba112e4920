import type { AudienceAnswer, AudienceRequest } from "../../keeper/protocol/audience.ts";
import type { CacheableRead, StoredResponse } from "../../keeper/protocol/entry.ts";
import type { FillAnswer, FillRequest } from "../../keeper/protocol/fill.ts";
import { bucketsOf } from "../../keeper/protocol/names.ts";
import type { Mode, Position } from "../../keeper/protocol/position.ts";
import type { SyncAnswer, SyncRequest } from "../../keeper/protocol/sync.ts";
import { CONFIG, readOf, responseOf } from "../../keeper/testing/fixtures.ts";
import { settle, VirtualClock } from "../../runtime/virtual-clock.ts";
import { Mirror } from "../mirror.ts";
import type { MirrorSettings } from "../ports.ts";

export const FRESHNESS_MS = 10_000;
export const DEADLINES = { syncMs: 2_000, fillMs: 6_000 };

/** One way between mirror and keeper. */
export const WAY_MS = 50;

/** A keeper as a mirror sees it: marks, a pull that takes no time, and bodies by key. Its calls take two ways. */
class KeeperModel {
  readonly clock: VirtualClock;
  generation = "g1";
  mark = 1;
  floor = 0;
  purgedAt = 0;
  mode: Mode = "on";
  modeSetAt = 0;
  asOf = Number.NEGATIVE_INFINITY;
  wayMs = WAY_MS;
  /** Calls never end. */
  isHanging = false;
  isFailing = false;
  /** Its pulls end after what they are made for. */
  isLate = false;
  pull: "made" | "none" | "refused" = "none";
  /** What a fill is answered with instead of an entry. */
  fillAnswer: ((request: FillRequest, arrival: number) => FillAnswer | Promise<FillAnswer>) | null = null;
  readonly synced: SyncRequest[] = [];
  readonly filled: FillRequest[] = [];
  readonly #raised = new Map<number, number>();

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  get position(): Position {
    return { generation: this.generation, mark: this.mark };
  }

  /** A change that affects these keys. */
  change(...keys: string[]): Position {
    this.mark++;
    for (const key of keys)
      for (const bucket of bucketsOf(key, { relations: [], watched: true }))
        this.#raised.set(bucket, this.mark);
    return this.position;
  }

  purge(): Position {
    this.mark++;
    this.floor = this.mark;
    this.purgedAt = this.mark;
    return this.position;
  }

  restart(generation: string): void {
    this.generation = generation;
    this.mark = 1;
    this.floor = 0;
    this.purgedAt = 0;
    this.#raised.clear();
    this.asOf = Number.NEGATIVE_INFINITY;
  }

  async sync(request: SyncRequest): Promise<SyncAnswer> {
    this.synced.push(request);
    await this.#way();
    const arrival = this.clock.now();
    if (request.configHash !== CONFIG) return { kind: "refused", reason: "configuration" };
    const isReached =
      request.token === null ||
      (request.token.generation === this.generation && request.token.mark <= this.mark);
    if (this.pull !== "refused" && !this.isLate && this.asOf <= arrival - (isReached ? request.boundMs : 0))
      this.asOf = arrival;
    const known = request.since?.generation === this.generation ? request.since.mark : null;
    const raised = [...this.#raised].filter(([, mark]) => mark > (known ?? -1));
    const { floor, purgedAt, mode, modeSetAt, pull, position, asOf } = this;
    const answer: SyncAnswer = {
      kind: "synced",
      ...{ position, floor, purgedAt, mode, modeSetAt, pull, proven: true },
      full: known === null,
      buckets: Uint16Array.from(raised, ([bucket]) => bucket),
      marks: Float64Array.from(raised, ([, mark]) => mark),
      age: Math.max(0, arrival - asOf),
    };
    await this.#way();
    return answer;
  }

  async fill(request: FillRequest): Promise<FillAnswer> {
    this.filled.push(request);
    await this.#way();
    const answer = await (this.fillAnswer?.(request, this.clock.now()) ?? this.entry(request.read));
    await this.#way();
    return answer;
  }

  audience(_: AudienceRequest): Promise<AudienceAnswer> {
    return Promise.resolve({ kind: "none", reason: "token-unknown", forMs: 0 });
  }

  /** A new answer of the origin, as of now. */
  entry(
    read: CacheableRead,
    more: Partial<Extract<FillAnswer, { kind: "entry" }>> & {
      readonly stored?: Partial<StoredResponse>;
    } = {},
  ): Extract<FillAnswer, { kind: "entry" }> {
    const { stored, ...rest } = more;
    const answered = responseOf(`${read.key}@${this.mark}`);
    if (answered.kind !== "response") throw new Error("no response");
    const { notStored: _, ...response } = answered.response;
    return {
      ...{ kind: "entry", source: "flight", age: 0, accepted: true, sharing: "free" },
      entry: {
        ...{ ...response, ...this.position, filledAt: this.clock.now(), relations: [], watched: true },
        ...stored,
      },
      ...rest,
    };
  }

  async #way(): Promise<void> {
    if (this.isHanging) await new Promise<never>(() => {});
    await this.clock.sleep(this.wayMs);
    if (this.isFailing) throw new Error("the keeper is gone");
  }
}

/** A mirror in virtual time, and its keeper. */
export class MirrorRig {
  readonly clock = new VirtualClock();
  readonly keeper = new KeeperModel(this.clock);
  readonly mirror: Mirror;

  constructor(settings: Partial<MirrorSettings> = {}) {
    this.mirror = new Mirror(
      { clock: this.clock, keeper: () => this.keeper },
      {
        configHash: CONFIG,
        tables: new Map([["public.articles", { freshnessMs: FRESHNESS_MS, ttlMs: 3_600_000 }]]),
        ...{ memoryBytes: 1_000_000, signedIn: true, refillsPerMinute: 100, deadlines: DEADLINES },
        ...settings,
      },
    );
  }

  sync(request: Partial<SyncRequest> = {}): Promise<SyncAnswer> {
    return this.mirror.sync({
      ...{ configHash: CONFIG, since: null, boundMs: FRESHNESS_MS, token: null, client: null, report: null },
      ...request,
    });
  }

  fill(key: string, request: Partial<FillRequest> = {}): Promise<FillAnswer> {
    return this.mirror.fill({
      ...{ configHash: CONFIG, read: readOf(key), bearer: null, have: null, at: this.keeper.position },
      ...{ token: null, boundMs: FRESHNESS_MS, priority: "miss", client: "c", pulled: false },
      ...request,
    });
  }

  /** Ends what is under way, in virtual time. */
  async ended<T>(work: Promise<T>, atMostMs = 60_000): Promise<T> {
    let isEnded = false;
    const settled = work.finally(() => {
      isEnded = true;
    });
    settled.catch(() => {});
    await settle();
    for (let passed = 0; !isEnded && passed < atMostMs; passed += 10) await this.clock.advance(10);
    if (!isEnded) throw new Error(`nothing came within ${atMostMs} ms`);
    return settled;
  }

  /** A sync that answers, with what it says. */
  async synced(request: Partial<SyncRequest> = {}): Promise<Extract<SyncAnswer, { kind: "synced" }>> {
    const answer = await this.ended(this.sync(request));
    if (answer.kind !== "synced") throw new Error(`refused: ${answer.reason}`);
    return answer;
  }

  async filled(key: string, request: Partial<FillRequest> = {}): Promise<FillAnswer> {
    return this.ended(this.fill(key, request));
  }
}
