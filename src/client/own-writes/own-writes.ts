import { elapsedTime } from "../gateway/elapsed.ts";
import { proofOf } from "../gateway/gateway-answer.ts";
import type { GatewayAnswer } from "../gateway/through-gateway.ts";

/** How to ask for a read. It is decided when the read begins. */
export type ReadPlan =
  /** as the caller has written it */
  | { readonly kind: "plain" }
  /** for an answer that is true now; `writes`: how many writes had been acknowledged when it began */
  | { readonly kind: "strict"; readonly writes: number }
  /** for an answer that is not older than a strict one was */
  | { readonly kind: "token"; readonly token: string }
  /** from Supabase, around the gateway */
  | { readonly kind: "direct" };

const PLAIN: ReadPlan = { kind: "plain" };
const DIRECT: ReadPlan = { kind: "direct" };

interface OwnWritesLimits {
  readonly tokenMs: number;
  readonly directMs: number;
}

/**
 * What one client has written, and how its reads must be asked so that they reflect it (I6). Reads that begin after a
 * write was acknowledged are strict until one of them brings a token. The token of a read that began before the last
 * acknowledgement proves nothing about that write. Reads that begin while a write is under way need not reflect it, so
 * a slow write does not slow them down.
 */
export class OwnWrites {
  readonly #limits: OwnWritesLimits;
  readonly #now = elapsedTime();
  /** How many writes have been acknowledged. */
  #writes = 0;
  #wroteAt = 0;
  /** How many of them the token covers. Only rises, so an older token never replaces a newer one. */
  #covered = 0;
  #token = "";
  #tokenUntil = 0;
  /** Whether the gateway learns of changes by webhook. Then it cannot know whether it has learned of a write. */
  #unproven = false;

  constructor(limits: OwnWritesLimits) {
    this.#limits = limits;
  }

  acknowledged(): void {
    this.#writes += 1;
    this.#wroteAt = this.#now();
  }

  begin(): ReadPlan {
    if (this.#writes === 0) return PLAIN;
    const now = this.#now();
    if (this.#unproven) return now - this.#wroteAt < this.#limits.directMs ? DIRECT : PLAIN;
    if (this.#covered < this.#writes) return { kind: "strict", writes: this.#writes };
    return now < this.#tokenUntil ? { kind: "token", token: this.#token } : PLAIN;
  }

  /** Whether the gateway's answer satisfies the read; if not, ask Supabase. */
  accepts(plan: ReadPlan, { response, label }: GatewayAnswer): boolean {
    const proof = proofOf(label);
    // Direct answers do not show how changes arrive.
    if (proof === "commit" || proof === "webhook") this.#unproven = proof === "webhook";
    if (plan.kind === "plain") return true;
    if (plan.kind === "strict" && proof === "commit") {
      this.#cover(plan.writes, response.headers.get("tidemark-token"));
    }
    return proof === "commit" || proof === "direct";
  }

  #cover(writes: number, token: string | null): void {
    if (!token || writes <= this.#covered) return;
    this.#covered = writes;
    this.#token = token;
    this.#tokenUntil = this.#now() + this.#limits.tokenMs;
  }
}
