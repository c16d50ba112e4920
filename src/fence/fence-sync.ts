import type { KeeperCalls } from "../keeper/protocol/calls.ts";
import type { Mode, Position } from "../keeper/protocol/position.ts";
import type { Clock } from "../runtime/clock.ts";
import { within } from "../runtime/deadline.ts";
import { Lru } from "../runtime/lru.ts";
import { SingleFlight } from "../runtime/single-flight.ts";
import { wholeMsSince } from "../runtime/steady-clock.ts";
import type { Breaker } from "./breaker.ts";
import { BucketFence } from "./bucket-fence.ts";
import type { UsageReporter } from "./usage.ts";

/** For this long after a client has used up its strict reads, the isolate asks for none on its behalf. */
const SPENT_REMEMBERED_MS = 1_000;

interface FenceSyncPorts {
  readonly clock: Clock;
  /** @param timeMs how long its answer is waited for */
  readonly keeper: (timeMs: number) => Pick<KeeperCalls, "sync">;
  readonly reporter: UsageReporter;
  readonly breaker: Breaker;
  readonly configHash: string;
  readonly timeouts: { readonly syncMs: number };
}

/** `ctx.waitUntil`: keeps work alive after the caller is gone. */
export type WaitUntil = (work: Promise<unknown>) => void;

/** Gives the client whose read asks; called only when a call is made. */
type Client = () => string;

/** How an attempt to reach a younger fence ended. */
type Reached =
  | "reached"
  /** reached, and the keeper made a pull for this caller */
  | "pulled"
  /** the client has used up its budget for second operations */
  | "spent"
  /** the keeper failed, or the caller's time is up */
  | "failed";

type SyncEffect = "made" | "none" | "refused" | "failed";

/** How many clients an isolate remembers whose budget is used up. */
const MOST_SPENT = 1_000;

/** The key of all syncs: an isolate makes one at a time. */
const SYNC = "sync";

/** How many syncs a caller leads before it gives up. If the keeper changes its generation meanwhile, two are needed. */
const LEADS_AT_MOST = 3;

/** Holds this isolate's fence and brings it up to date: one small call covers all keys. */
export class FenceSync {
  readonly #ports: FenceSyncPorts;
  readonly #flights: SingleFlight;
  #fence: BucketFence | null = null;
  /** The fence's, and without one the last that was told. */
  #mode: Mode = "on";
  /** The last purge that this isolate heard of, and when. */
  #purge: { readonly position: Position; readonly heardAt: number } | null = null;
  #failedAt = Number.NEGATIVE_INFINITY;
  /** Until when no pull is requested for a client whose budget is used up: its other waiting reads need not ask too. */
  readonly #spentUntil = new Lru<number>({
    maxBytes: Number.POSITIVE_INFINITY,
    maxEntries: MOST_SPENT,
  });
  /** Earlier proofs count no more: the clock was set back then, or a purge was heard of in another generation. */
  #trustedFrom = Number.NEGATIVE_INFINITY;

  constructor(ports: FenceSyncPorts) {
    this.#ports = ports;
    this.#flights = new SingleFlight(ports.clock, ports.timeouts.syncMs);
  }

  get fence(): BucketFence | null {
    return this.#fence;
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** What an answer must not be below: the fence's position, or the last purge heard of, if that is higher (M3). */
  leastPosition(fence: BucketFence): Position {
    const purged = this.#purge?.position;
    const isHigher = purged?.generation === fence.generation && purged.mark > fence.mark;
    return isHigher ? purged : fence.position;
  }

  /** From now on, proofs from before this purge no longer serve (P11). */
  dropProofs(position: Position): void {
    const before = this.#purge;
    const isSame = before?.position.generation === position.generation;
    // Purges of two generations cannot be compared, so nothing from before the earlier one counts any more.
    if (before && !isSame) this.#trustedFrom = Math.max(this.#trustedFrom, before.heardAt);
    // Answers may arrive out of order, so the later purge stands.
    const later = before && isSame && before.position.mark > position.mark;
    this.#purge = { position: later ? before.position : position, heardAt: this.#ports.clock.now() };
  }

  /** The clock was set back, so ages cannot be told. */
  forget(): void {
    this.#fence = null;
    this.#trustedFrom = this.#ports.clock.now();
  }

  /**
   * Whether a proof of this entry still counts: it is from after the last purge, or by a fence that knows of the purge;
   * or the entry's own mark tells that it was filled since.
   */
  stands(provenAt: number, accepted: boolean, entry: Position): boolean {
    if (provenAt < this.#trustedFrom) return false;
    if (this.#purge === null || provenAt >= this.#purge.heardAt) return true;
    const { position } = this.#purge;
    if (entry.generation === position.generation && entry.mark >= position.mark) return true;
    return accepted && (this.#fence?.covers(position) ?? false);
  }

  /**
   * Whether the fence is as young as `need`. A token that it does not cover is of another generation or ahead of the
   * keeper, so it cannot be verified and the read is strict (P22).
   *
   * @param start when the read began
   */
  #reaches(need: number, token: Position | null, start: number): boolean {
    const fence = this.#fence;
    if (!fence) return false;
    return fence.asOf >= (token === null || fence.covers(token) ? this.#sinceHeard(need) : start);
  }

  /** As young as `need`; and a fence that does not know of the last purge heard of must be younger than that (P16). */
  #sinceHeard(need: number): number {
    const purge = this.#purge;
    const isKnown = purge === null || this.#fence?.covers(purge.position);
    return Math.max(need, this.#trustedFrom, isKnown ? Number.NEGATIVE_INFINITY : purge.heardAt);
  }

  /**
   * Brings the fence up to `need` by leading a sync, or by waiting for the one under way. The leader's call is passed
   * to `anchor` before its first await, so that a cancelled leader does not leave the others without an answer
   * (platform.md, *Sharing and cancellation*).
   *
   * @param client who is charged for a pull; null: no client is
   */
  async reach(
    need: number,
    token: Position | null,
    anchor: WaitUntil,
    client: Client | null = null,
  ): Promise<Reached> {
    const { clock, timeouts, breaker } = this.#ports;
    const start = clock.now();
    let leads = 0;
    let pulled = false;
    while (!this.#reaches(need, token, start)) {
      const left = start + timeouts.syncMs - clock.now();
      if (left <= 0 || breaker.open || leads >= LEADS_AT_MOST) return "failed";
      if (this.#isSpent(client)) return "spent";
      const call = this.#lead(Math.min(this.#sinceHeard(need), start), token, anchor, client);
      if (call) {
        leads++;
        const synced = await within(clock, left, call, (): SyncEffect => "failed");
        if (synced === "failed") return "failed";
        if (synced === "made") pulled = true;
      } else {
        // A leader that vanished is replaced as soon as its record expires.
        await this.#flights.join(SYNC, Math.min(left, this.#flights.remaining(SYNC)));
        if (this.#failedAt > start) return "failed";
      }
    }
    return pulled ? "pulled" : "reached";
  }

  /** Syncs in the background, unless a sync is under way. */
  ahead(need: number, anchor: WaitUntil): void {
    this.#lead(need, null, anchor, null);
  }

  #isSpent(client: Client | null): boolean {
    if (client === null || this.#spentUntil.size === 0) return false;
    return (this.#spentUntil.get(client()) ?? Number.NEGATIVE_INFINITY) > this.#ports.clock.now();
  }

  #lead(
    need: number,
    token: Position | null,
    anchor: WaitUntil,
    client: Client | null,
  ): Promise<SyncEffect> | null {
    const flight = this.#flights.lead(SYNC);
    if (!flight) return null;
    const call = this.#sync(need, token, client?.() ?? null).finally(() => flight.land());
    anchor(call);
    return call;
  }

  async #sync(need: number, token: Position | null, client: string | null): Promise<SyncEffect> {
    const { clock, keeper, reporter, breaker, configHash, timeouts } = this.#ports;
    const startedAt = clock.now();
    const since = this.#fence?.position ?? null;
    const report = reporter.take();
    const boundMs = wholeMsSince(need, startedAt);
    // Async, so that failing to get a stub rejects like any other failure.
    const ask = async () =>
      keeper(timeouts.syncMs).sync({ configHash, since, boundMs, token, client, report });
    const answer = await within(
      clock,
      timeouts.syncMs,
      ask().catch(() => null),
      () => null,
    );
    if (answer?.kind !== "synced") {
      // A keeper that refuses has still taken the report.
      if (answer === null) reporter.putBack(report);
      breaker.failed();
      this.#failedAt = clock.now();
      return "failed";
    }
    breaker.succeeded();
    const { generation } = answer.position;
    const known = this.#fence;
    // Marks of two generations cannot be compared, so a purge in a new generation counts as new, and so does one that the
    // first fence tells of: what was proven without a fence may be from before it (P16).
    const purgedAt = known?.generation === generation ? known.purgedAt : 0;
    this.#fence = BucketFence.merge(known, since, answer, startedAt);
    this.#mode = this.#fence?.mode ?? answer.mode;
    // An answer that the fence did not become tells of no purge either.
    if (this.#fence?.generation === generation && answer.purgedAt > purgedAt)
      this.dropProofs({ generation, mark: answer.purgedAt });
    if (client !== null && answer.pull === "refused")
      this.#spentUntil.set(client, clock.now() + SPENT_REMEMBERED_MS, 1);
    return answer.pull;
  }
}
