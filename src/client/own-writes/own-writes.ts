import { elapsedTime } from "../gateway/elapsed.ts";
import { proofOf } from "../gateway/gateway-answer.ts";
import type { GatewayAnswer } from "../gateway/through-gateway.ts";

/** How a read is asked, which is decided when it begins. */
export type Way =
  /** as it came */
  | { readonly kind: "plain" }
  /** for an answer that is true now; `writes`: how many had been acknowledged when it began */
  | { readonly kind: "strict"; readonly writes: number }
  /** for an answer that is not older than a strict one was */
  | { readonly kind: "token"; readonly token: string }
  /** of Supabase itself */
  | { readonly kind: "direct" };

const PLAIN: Way = { kind: "plain" };
const DIRECT: Way = { kind: "direct" };

interface OwnWritesLimits {
  readonly tokenMs: number;
  readonly directMs: number;
}

/**
 * What one client has written, and how its reads must be asked so that they reflect it (I6). Reads
 * that begin after a write was acknowledged are strict, until one of them brings a token; the token of a read that
 * began before the last acknowledgement proves nothing about that write. Reads that begin while a write is under way
 * owe it nothing: a slow write makes nobody slower.
 */
export class OwnWrites {
  readonly #limits: OwnWritesLimits;
  readonly #now = elapsedTime();
  /** Acknowledged so far. */
  #writes = 0;
  #wroteAt = 0;
  /** So many of them are covered by the token. Only goes up, so a token never gives way to an older one. */
  #covered = 0;
  #token = "";
  #tokenUntil = 0;
  /** Whether the gateway learns of changes by webhook: then it cannot know whether it has learned of a write. */
  #unproven = false;

  constructor(limits: OwnWritesLimits) {
    this.#limits = limits;
  }

  acknowledged(): void {
    this.#writes += 1;
    this.#wroteAt = this.#now();
  }

  begin(): Way {
    if (this.#writes === 0) return PLAIN;
    const now = this.#now();
    if (this.#unproven) return now - this.#wroteAt < this.#limits.directMs ? DIRECT : PLAIN;
    if (this.#covered < this.#writes) return { kind: "strict", writes: this.#writes };
    return now < this.#tokenUntil ? { kind: "token", token: this.#token } : PLAIN;
  }

  /** Whether the gateway's answer to a read is one for it; if not, Supabase itself must be asked. */
  accepts(way: Way, { response, label }: GatewayAnswer): boolean {
    const proof = proofOf(label);
    // Answers that came directly say nothing of how changes arrive.
    if (proof === "commit" || proof === "webhook") this.#unproven = proof === "webhook";
    if (way.kind === "plain") return true;
    if (way.kind === "strict" && proof === "commit") {
      this.#cover(way.writes, response.headers.get("tidemark-token"));
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
