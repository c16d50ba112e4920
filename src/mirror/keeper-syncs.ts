import type { SyncedAnswer } from "../fence/bucket-fence.ts";
import type { Position } from "../keeper/protocol/position.ts";
import type { SyncAnswer, SyncRequest } from "../keeper/protocol/sync.ts";
import type { Clock } from "../runtime/clock.ts";
import type { FenceCopy } from "./fence-copy.ts";
import { inTime } from "./in-time.ts";
import { MirrorError } from "./mirror-error.ts";

/** Syncs under way at once. Whoever none of them helps shares the next one, so a crowd never costs the keeper more. */
const AT_ONCE = 2;

/** Whether a pull was made for a sync, or refused to the client whose read asked. */
export type PullMade = SyncedAnswer["pull"];

/** What a call of the keeper is to bring. */
export interface SyncWish {
  readonly boundMs: number;
  readonly token: Position | null;
  /** The client charged for a pull; null: none is. */
  readonly client: string | null;
}

/** What a caller waits for: a copy no older at its arrival than it allows, and if its generation is in doubt, by a sync begun later. */
export interface Wanted extends SyncWish {
  readonly arrival: number;
  readonly allowedMs: number;
  readonly isInDoubt: boolean;
}

interface RunningSync {
  readonly startedAt: number;
  /** What it brings was no older than this when it began. */
  readonly boundMs: number;
  /** Its deadline. Past it nobody joins, whatever has become of its timer. */
  readonly until: number;
  /** The clock was set back since it began, so what it says has no age. */
  isStale: boolean;
  readonly ended: Promise<PullMade>;
}

interface WaitingSync {
  readonly ask: SyncWish;
  readonly ended: PromiseWithResolvers<PullMade>;
}

interface KeeperSyncsPorts {
  /** The mirror's clock: steady, and ticking. */
  readonly clock: Clock;
  readonly ask: (request: Pick<SyncRequest, "since" | "boundMs" | "token" | "client">) => Promise<SyncAnswer>;
  readonly copy: FenceCopy;
  readonly deadlineMs: number;
  /** The copy is of another position now. */
  readonly learned: () => void;
}

/** A mirror's own syncs with the keeper: two at once, and one that waits for its turn. */
export class KeeperSyncs {
  readonly #ports: KeeperSyncsPorts;
  readonly #running = new Set<RunningSync>();
  #waiting: WaitingSync | null = null;
  #endedSince = Number.NEGATIVE_INFINITY;

  constructor(ports: KeeperSyncsPorts) {
    this.#ports = ports;
  }

  /** When the latest sync that has ended well began. */
  get endedSince(): number {
    return this.#endedSince;
  }

  /** The clock was set back: what is under way is of no use. */
  forget(): void {
    this.#endedSince = Number.NEGATIVE_INFINITY;
    for (const call of this.#running) call.isStale = true;
  }

  /** Whether a sync is under way. */
  get isBusy(): boolean {
    return this.#active() > 0;
  }

  /**
   * Waits for a sync that helps, or makes one. The caller must look again: what it wants may not have come.
   *
   * @throws whatever the keeper throws; MirrorError `keeper-late`, `keeper-refused`
   */
  async reach(wanted: Wanted): Promise<PullMade> {
    const call = this.#helping(wanted);
    if (call) {
      await call.ended;
      return "none";
    }
    if (this.#active() < AT_ONCE) return this.lead(wanted);
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = { ...waiting, ask: both(waiting.ask, wanted) };
      await waiting.ended.promise;
      return "none";
    }
    this.#waiting = { ask: wanted, ended: Promise.withResolvers() };
    return this.#waiting.ended.promise;
  }

  /** Syncs now. @throws as `reach` */
  lead({ boundMs, token, client }: SyncWish): Promise<PullMade> {
    const { clock, copy, ask, deadlineMs } = this.#ports;
    const startedAt = clock.now();
    const since = copy.fence?.position ?? null;
    const answer = inTime(clock, deadlineMs, () => ask({ since, boundMs, token, client }));
    const call: RunningSync = {
      ...{ startedAt, boundMs },
      until: startedAt + deadlineMs,
      isStale: false,
      ended: answer.then((told) => this.#land(call, since, told)).finally(() => this.#end(call)),
    };
    this.#running.add(call);
    // It may have nobody who waits.
    call.ended.catch(() => {});
    return call.ended;
  }

  #land(call: RunningSync, since: Position | null, answer: SyncAnswer): PullMade {
    if (answer.kind === "refused") throw new MirrorError("keeper-refused");
    const { clock, copy, learned } = this.#ports;
    // Shows whether the clock was set back meanwhile.
    clock.now();
    if (call.isStale) return answer.pull;
    const before = copy.fence?.position;
    copy.apply(answer, since, call.startedAt);
    this.#endedSince = Math.max(this.#endedSince, call.startedAt);
    const { fence } = copy;
    if (fence?.generation !== before?.generation || fence?.mark !== before?.mark) learned();
    return answer.pull;
  }

  #end(call: RunningSync): void {
    this.#running.delete(call);
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    this.lead(waiting.ask).then(waiting.ended.resolve, waiting.ended.reject);
  }

  #helping({ arrival, allowedMs, isInDoubt }: Wanted): RunningSync | undefined {
    const now = this.#ports.clock.now();
    for (const call of this.#running) {
      if (call.isStale || now >= call.until) continue;
      if (Math.max(0, arrival - call.startedAt) + call.boundMs > allowedMs) continue;
      if (!isInDoubt || call.startedAt >= arrival) return call;
    }
    return undefined;
  }

  #active(): number {
    const now = this.#ports.clock.now();
    let active = 0;
    for (const call of this.#running) if (now < call.until) active++;
    return active;
  }
}

/** One sync that brings what both want. Charged to whoever came first. */
function both(one: SyncWish, other: SyncWish): SyncWish {
  const boundMs = Math.min(one.boundMs, other.boundMs);
  const { client } = one;
  if (one.token === null || other.token === null) return { boundMs, client, token: one.token ?? other.token };
  // Of two generations at most one is the keeper's: a strict sync is as far as it gets for either.
  if (one.token.generation !== other.token.generation) return { boundMs: 0, client, token: null };
  return { boundMs, client, token: one.token.mark >= other.token.mark ? one.token : other.token };
}
