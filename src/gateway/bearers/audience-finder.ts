import type { Breaker } from "../../fence/breaker.ts";
import type { WaitUntil } from "../../fence/fence-sync.ts";
import type { AudienceAnswer, Bearer } from "../../keeper/protocol/audience.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import { SingleFlight } from "../../runtime/single-flight.ts";
import type { BypassReason } from "../http/outcome.ts";
import { Bearers, type Named } from "./bearers.ts";

interface AudienceFinderPorts {
  readonly clock: Clock;
  /** The time by which tokens end, in epoch milliseconds: the platform's, not the isolate's steady one. */
  readonly wall: () => number;
  /** A fresh stub for each call: one that failed stays broken. */
  readonly keeper: () => Pick<KeeperCalls, "audience">;
  readonly breaker: Breaker;
  /** The generation of the isolate's fence; null: it has none yet. */
  readonly judgedBy: () => string | null;
  readonly configHash: string;
  readonly timeouts: { readonly syncMs: number; readonly fillMs: number };
}

/** Whose answer a bearer's read leads to, or why it leads to none. */
export type WhoseAnswer =
  | Extract<Named, { kind: "read" }>
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

  constructor(ports: AudienceFinderPorts) {
    this.#ports = ports;
    this.#bearers = new Bearers(ports.clock, ports.wall);
    this.#introductions = new SingleFlight(ports.clock, ports.timeouts.fillMs);
  }

  /**
   * The read with its whole key. For an unknown bearer it is `token-unknown`, without a wait; for a known one whose
   * audience for this query is not known, the keeper is asked, which needs no database for that.
   *
   * @param base the read with its base key
   * @param client charged if the database must be asked after all
   */
  async of(base: CacheableRead, bearer: Bearer, client: () => string): Promise<WhoseAnswer> {
    const { clock, breaker, judgedBy, timeouts } = this.#ports;
    const named = this.#bearers.name(base, bearer.digest, judgedBy());
    if (named.kind === "read" || named.kind === "none") return named;
    if (named.kind === "unknown") return { kind: "none", reason: "token-unknown" };
    if (breaker.open) return { kind: "none", reason: "breaker-open" };
    const asked = this.#ask(base, bearer, client()).catch(() => null);
    const answer = await within(clock, timeouts.syncMs, asked, () => null);
    if (answer === null) breaker.failed();
    else breaker.succeeded();
    if (answer === null || answer.kind === "refused") return { kind: "none", reason: "keeper-failed" };
    if (answer.kind === "none") return { kind: "none", reason: answer.reason };
    const found = this.#bearers.name(base, bearer.digest, judgedBy());
    return found.kind === "read" || found.kind === "none" ? found : { kind: "none", reason: "token-unknown" };
  }

  /** Whether a token has ended, by the time of now (S2). */
  hasEnded({ expiresAt }: { readonly expiresAt: number }): boolean {
    return expiresAt <= this.#ports.wall();
  }

  /**
   * Has the keeper ask the database who an unknown bearer is, in the background and once at a time. The database has
   * just answered a read with this token, so it is not a token that somebody made up.
   */
  introduce(base: CacheableRead, bearer: Bearer, client: () => string, anchor: WaitUntil): void {
    const { clock, breaker, judgedBy, timeouts } = this.#ports;
    if (breaker.open || this.#bearers.name(base, bearer.digest, judgedBy()).kind !== "unknown") return;
    const flight = this.#introductions.lead(bearer.digest);
    if (flight === undefined) return;
    // That the database takes its time, or fails, says nothing about the keeper.
    const asked = this.#ask(base, bearer, client()).catch(() => null);
    anchor(within(clock, timeouts.fillMs, asked, () => null).finally(() => flight.land()));
  }

  /** The keeper does not vouch for this bearer any more. */
  forget(digest: string): void {
    this.#bearers.forget(digest);
  }

  async #ask(base: CacheableRead, { digest, token }: Bearer, client: string): Promise<AudienceAnswer> {
    const { clock, keeper, judgedBy, configHash } = this.#ports;
    const askedAt = clock.now();
    const answer = await keeper().audience({
      configHash,
      read: base.asked,
      bearer: { digest, token },
      client,
    });
    if (answer.kind !== "refused") this.#bearers.learn(base, digest, answer, askedAt, judgedBy());
    return answer;
  }
}
