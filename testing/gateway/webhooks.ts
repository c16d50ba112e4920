import { PATIENCE_MS } from "../patience.ts";

/** Carries Database Webhook payloads to a gateway, and records which were acknowledged. */
export class Webhooks {
  readonly #gateway: string;
  readonly #secret: string;
  #paused = false;
  #waiting: string[] = [];
  #underWay = new Set<Promise<void>>();
  #refused: string[] = [];

  constructor(gateway: string, secret: string) {
    this.#gateway = gateway;
    this.#secret = secret;
  }

  /** Payloads that were not sent because of `pause`. */
  get waiting(): readonly string[] {
    return this.#waiting;
  }

  pause(): void {
    this.#paused = true;
  }

  /** Sends held payloads; later ones are sent at once again. */
  async resume(): Promise<void> {
    this.#paused = false;
    for (const payload of this.#waiting.splice(0)) this.take(payload);
    await this.delivered();
  }

  /** Drops held payloads, as pg_net does in a crash. */
  lose(): void {
    this.#waiting = [];
    this.#paused = false;
  }

  take(payload: string): void {
    if (this.#paused) {
      this.#waiting.push(payload);
      return;
    }
    const sent = this.send(payload).then(
      (status) => {
        if (status >= 300) this.#refused.push(`${status} for ${payload.slice(0, 200)}`);
      },
      (error: Error) => {
        this.#refused.push(`${error.message} for ${payload.slice(0, 200)}`);
      },
    );
    this.#underWay.add(sent);
    sent.finally(() => this.#underWay.delete(sent));
  }

  /** Resolves when all payloads are acknowledged; rejects if one was refused. */
  async delivered(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    const refused = this.#refused.splice(0);
    if (refused.length > 0) throw new Error(`The gateway did not take: ${refused.join("; ")}`);
  }

  /** Sends one payload; returns the status. */
  async send(payload: string): Promise<number> {
    const response = await fetch(`${this.#gateway}/_tidemark/webhook`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.#secret}` },
      body: payload,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.arrayBuffer();
    return response.status;
  }
}
