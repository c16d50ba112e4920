import { Breaker } from "../../fence/breaker.ts";
import type { WaitUntil } from "../../fence/fence-sync.ts";
import type { AudienceAnswer, Bearer } from "../../keeper/protocol/audience.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import { Places } from "../../runtime/places.ts";
import { SingleFlight } from "../../runtime/single-flight.ts";
import type { BypassReason } from "../http/outcome.ts";
import { Bearers, type Named } from "./bearers.ts";

interface AudienceFinderPorts {
  readonly clock: Clock;
  /** The time by which tokens end, in epoch milliseconds: the platform's, not the isolate's steady one. */
  readonly wall: () => number;
  /**
   * A fresh stub for each call: one that failed stays broken.
   *
   * @param timeMs how long its answer is waited for
   */
  readonly keeper: (timeMs: number) => Pick<KeeperCalls, "audience">;
  readonly breaker: Breaker;
  /** The generation of the isolate's fence; null: it has none yet. */
  readonly judgedBy: () => string | null;
  /** Has the isolate get a fence, in the background. */
  readonly learn: (anchor: WaitUntil) => void;
  readonly configHash: string;
  readonly timeouts: { readonly startMs: number; readonly syncMs: number; readonly fillMs: number };
}

/** Questions of waiting readers under way at once. */
const QUESTIONS_AT_ONCE = 64;

/** Whose answer a bearer's read leads to, or why it leads to none. */
export type WhoseAnswer =
  | Omit<Extract<Named, { kind: "read" }>, "isDue">
  | { readonly kind: "none"; readonly reason: BypassReason };

/**
 * Finds out whose answers those who sign in may share: from this isolate's memory, which costs nothing, or from the
 * keeper. Only the keeper asks the database who a token is; the isolate believes nothing that a token says (S1).
 */
export class AudienceFinder {
  readonly #ports: AudienceFinderPorts;
  readonly #bearers: Bearers;
  /** Introductions under way, by digest. */
  readonly #introductions: SingleFlight;
  readonly #questions: Places;
  /** The database may be what takes its time, which says nothing about the keeper. */
  readonly #lateness: Breaker;

  constructor(ports: AudienceFinderPorts) {
    this.#ports = ports;
    this.#bearers = new Bearers(ports.clock, ports.wall);
    this.#lateness = new Breaker(ports.clock);
    this.#introductions = new SingleFlight(ports.clock, ports.timeouts.fillMs);
    // Longer than anybody waits for one, because the keeper may still be at it then.
    this.#questions = new Places(ports.clock, QUESTIONS_AT_ONCE, ports.timeouts.fillMs);
  }

  /**
   * What this isolate knows by itself; null: `ask`. Introduces the bearer again when the keeper's word is to be asked for
   * ahead of its end.
   *
   * @param base the read with its base key
   * @param client charged if the database must be asked
   */
  known(base: CacheableRead, bearer: Bearer, client: () => string, anchor: WaitUntil): WhoseAnswer | null {
    const named = this.#bearers.name(base, bearer.digest, this.#ports.judgedBy());
    if (named?.kind === "read" && named.isDue) this.introduce(base, bearer, client, anchor);
    return named;
  }

  /**
   * Asks the keeper, which asks the database only about a token that it has vouched for before: of others it knows
   * nothing, and they are `token-unknown`. A flood of these must not hold up the isolate's other calls, so there is a limit
   * to what is asked at once. Parameters as of `known`.
   */
  async ask(
    base: CacheableRead,
    bearer: Bearer,
    client: () => string,
    anchor: WaitUntil,
  ): Promise<WhoseAnswer> {
    const { clock, breaker, timeouts, judgedBy, learn } = this.#ports;
    if (breaker.open) return { kind: "none", reason: "breaker-open" };
    // Without a fence this isolate is new, and the keeper may be starting: see `FirstSync`.
    const isNew = judgedBy() === null;
    if (isNew) learn(anchor);
    const who = client();
    const leave = this.#lateness.open ? undefined : this.#questions.take(who);
    if (leave === undefined) return { kind: "none", reason: "token-unknown" };
    const asked = this.#ask(base, bearer, who, false)
      .catch(() => null)
      .finally(leave);
    const waitsMs = isNew ? Math.min(timeouts.startMs, timeouts.syncMs) : timeouts.syncMs;
    const answer = await within(clock, waitsMs, asked, () => "late" as const);
    if (answer === "late" && isNew) {
      anchor(within(clock, timeouts.syncMs, asked, () => null));
      return { kind: "none", reason: "keeper-starting" };
    }
    if (answer === "late") {
      this.#lateness.failed();
      return { kind: "none", reason: "keeper-failed" };
    }
    this.#lateness.succeeded();
    if (answer === null) breaker.failed();
    else breaker.succeeded();
    if (answer === null || answer.kind === "refused") return { kind: "none", reason: "keeper-failed" };
    if (answer.kind === "none") return { kind: "none", reason: answer.reason };
    return this.known(base, bearer, client, anchor) ?? { kind: "none", reason: "token-unknown" };
  }

  /** Whether a token has ended, by the time of now (S2). */
  hasEnded({ expiresAt }: { readonly expiresAt: number }): boolean {
    return expiresAt <= this.#ports.wall();
  }

  /**
   * Has the keeper ask the database who a bearer is, in the background and once at a time. The database has just answered
   * a read with this token, so it is not one that somebody made up; or it has vouched for it before, and its word ends
   * soon.
   */
  introduce(base: CacheableRead, bearer: Bearer, client: () => string, anchor: WaitUntil): void {
    const { clock, breaker, timeouts } = this.#ports;
    if (breaker.open) return;
    const flight = this.#introductions.lead(bearer.digest);
    if (flight === undefined) return;
    // That the database takes its time, or fails, says nothing about the keeper.
    const asked = this.#ask(base, bearer, client(), true).catch(() => null);
    anchor(within(clock, timeouts.fillMs, asked, () => null).finally(() => flight.land()));
  }

  /** The keeper does not vouch for this bearer any more. */
  forget(digest: string): void {
    this.#bearers.forget(digest);
  }

  async #ask(
    base: CacheableRead,
    { digest, token }: Bearer,
    client: string,
    introduced: boolean,
  ): Promise<AudienceAnswer> {
    const { clock, keeper, judgedBy, configHash, timeouts } = this.#ports;
    const askedAt = clock.now();
    const timeMs = introduced ? timeouts.fillMs : timeouts.syncMs;
    const answer = await keeper(timeMs).audience({
      configHash,
      read: base.asked,
      bearer: { digest, token },
      ...{ client, introduced },
    });
    if (answer.kind !== "refused") this.#bearers.learn(base, digest, answer, askedAt, judgedBy());
    return answer;
  }
}
