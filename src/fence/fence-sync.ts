import type { KeeperCalls } from "../keeper/protocol/calls.ts";
import { SPENT_REMEMBERED_MS } from "../keeper/protocol/constants.ts";
import type { Mode, Position } from "../keeper/protocol/position.ts";
import type { Clock } from "../runtime/clock.ts";
import { within } from "../runtime/deadline.ts";
import { Lru } from "../runtime/lru.ts";
import { SingleFlight } from "../runtime/single-flight.ts";
import type { Breaker } from "./breaker.ts";
import { Fence } from "./fence.ts";
import type { Reporter } from "./usage.ts";

interface FenceKeeperPorts {
  readonly clock: Clock;
  readonly keeper: () => Pick<KeeperCalls, "sync">;
  readonly reporter: Reporter;
  readonly breaker: Breaker;
  readonly configHash: string;
  readonly timeouts: { readonly syncMs: number };
}

/** `ctx.waitUntil`: keeps work alive when the caller is gone. */
export type Anchor = (work: Promise<unknown>) => void;

/** Whose read asks; evaluated when a call is made. */
type Client = () => string;

/** What became of a wish for a younger fence. */
type Reached =
  | "reached"
  /** the same, and the keeper made a pull for this caller */
  | "pulled"
  /** the caller's client has used up what its reads may cost beside one operation each */
  | "spent"
  /** the keeper fails, or the caller's time is over */
  | "failed";

type Synced = "made" | "none" | "refused" | "failed";

/** Clients whose budget is used up that an isolate remembers. */
const MOST_SPENT = 1_000;

/** Syncs are one at a time in an isolate, whoever needs them. */
const SYNC = "sync";

/** Syncs that one caller leads before it gives up: a keeper that changes its generation meanwhile takes two. */
const LEADS_AT_MOST = 3;

/** Holds this isolate's fence and brings it up to date: one small call for all keys together. */
export class FenceKeeper {
  readonly #ports: FenceKeeperPorts;
  readonly #flights: SingleFlight;
  #fence: Fence | null = null;
  #mode: Mode = "on";
  /** The last purge that this isolate has heard of, and when it did. */
  #purge: { readonly position: Position; readonly heardAt: number } | null = null;
  #failedAt = Number.NEGATIVE_INFINITY;
  /** Until when no pull is asked for a client whose budget is used up: those who wait with it need not ask as well. */
  readonly #spentUntil = new Lru<number>({
    maxBytes: Number.POSITIVE_INFINITY,
    maxEntries: MOST_SPENT,
  });
  /** What was proven before tells nothing: the clock was set back. */
  #trustedFrom = Number.NEGATIVE_INFINITY;

  constructor(ports: FenceKeeperPorts) {
    this.#ports = ports;
    this.#flights = new SingleFlight(ports.clock, ports.timeouts.syncMs);
  }

  get fence(): Fence | null {
    return this.#fence;
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** From now on, what was proven before a purge no longer serves (P11). */
  dropProofs(position: Position): void {
    const heardOf = this.#purge?.position;
    // Answers may arrive out of order: the later purge stands.
    const later = heardOf?.generation === position.generation && heardOf.mark > position.mark;
    this.#purge = { position: later ? heardOf : position, heardAt: this.#ports.clock.now() };
  }

  /** The clock was set back: how old anything is, nobody knows. */
  forget(): void {
    this.#fence = null;
    this.#trustedFrom = this.#ports.clock.now();
  }

  /** Whether a proof still counts: of after the last purge, or given by a fence that knows of the purge. */
  stands(provenAt: number, accepted: boolean): boolean {
    if (provenAt < this.#trustedFrom) return false;
    if (this.#purge === null || provenAt >= this.#purge.heardAt) return true;
    const { position } = this.#purge;
    const fence = this.#fence;
    return accepted && fence?.generation === position.generation && fence.mark >= position.mark;
  }

  /**
   * Whether the fence is as young as `need`. A token that it does not cover asks for now: it is of another generation, or
   * ahead of the keeper, and so cannot be verified (P22).
   */
  reaches(need: number, token: Position | null, start: number): boolean {
    const fence = this.#fence;
    if (!fence) return false;
    return fence.asOf >= (token === null || fence.covers(token) ? need : start);
  }

  /**
   * Brings the fence there, leading a sync or waiting for the one under way. The leader's call is anchored before its
   * first await, so that a cancelled leader does not leave the others without an answer (platform.md, *Sharing and
   * cancellation*).
   *
   * @param client who is charged for the pull that it takes; null: nobody
   */
  async reach(
    need: number,
    token: Position | null,
    anchor: Anchor,
    client: Client | null = null,
  ): Promise<Reached> {
    const { clock, timeouts, breaker } = this.#ports;
    const start = clock.now();
    let leads = 0;
    let pulled = false;
    while (!this.reaches(need, token, start)) {
      const left = start + timeouts.syncMs - clock.now();
      if (left <= 0 || breaker.open || leads >= LEADS_AT_MOST) return "failed";
      if (this.#isSpent(client)) return "spent";
      const call = this.#lead(Math.min(need, start), token, anchor, client);
      if (call) {
        leads++;
        const synced = await within(clock, left, call, (): Synced => "failed");
        if (synced === "failed") return "failed";
        if (synced === "made") pulled = true;
      } else {
        // A leader that has vanished is replaced as soon as its record expires.
        await this.#flights.join(SYNC, Math.min(left, this.#flights.remaining(SYNC)));
        if (this.#failedAt > start) return "failed";
      }
    }
    return pulled ? "pulled" : "reached";
  }

  /** The same in the background, unless a sync is under way. */
  ahead(need: number, anchor: Anchor): void {
    this.#lead(need, null, anchor, null);
  }

  #isSpent(client: Client | null): boolean {
    if (client === null || this.#spentUntil.size === 0) return false;
    return (this.#spentUntil.get(client()) ?? Number.NEGATIVE_INFINITY) > this.#ports.clock.now();
  }

  #lead(need: number, token: Position | null, anchor: Anchor, client: Client | null): Promise<Synced> | null {
    const flight = this.#flights.lead(SYNC);
    if (!flight) return null;
    const call = this.#sync(need, token, client?.() ?? null).finally(() => flight.land());
    anchor(call);
    return call;
  }

  async #sync(need: number, token: Position | null, client: string | null): Promise<Synced> {
    const { clock, keeper, reporter, breaker, configHash, timeouts } = this.#ports;
    const startedAt = clock.now();
    const since = this.#fence?.position ?? null;
    const report = reporter.take();
    const maxAge = Math.max(0, startedAt - need);
    // A stub that cannot even be had is a failure like another.
    const ask = async () => keeper().sync({ configHash, since, maxAge, token, client, report });
    const answer = await within(
      clock,
      timeouts.syncMs,
      ask().catch(() => null),
      () => null,
    );
    if (answer?.kind !== "synced") {
      // A keeper that refuses has taken the report all the same.
      if (answer === null) reporter.putBack(report);
      breaker.failed();
      this.#failedAt = clock.now();
      return "failed";
    }
    breaker.succeeded();
    const { generation } = answer.position;
    const known = this.#fence;
    // Marks of two generations say nothing of each other: a purge in a new one counts as unheard of.
    const purgedAt = known?.generation === generation ? known.purgedAt : 0;
    this.#fence = Fence.merge(this.#fence, since, answer, startedAt);
    this.#mode = answer.mode;
    if (known && answer.purgedAt > purgedAt) this.dropProofs({ generation, mark: answer.purgedAt });
    if (client !== null && answer.pull === "refused")
      this.#spentUntil.set(client, clock.now() + SPENT_REMEMBERED_MS, 1);
    return answer.pull;
  }
}
