import type { Feed, FeedHost } from "../ports/ports.ts";
import type { Meta } from "../storage/meta.ts";

/**
 * Without capture the keeper knows what it was told, from the moment it was told: its as-of is now, counted from
 * ingest. That holds only while it owns its storage. A superseded instance finds out when a write fails, so "as of
 * now" rests on a write, and no answer leaves before that write is on disk.
 */
export class WebhookFeed implements Feed {
  readonly proven = false;
  readonly #meta: Meta;
  readonly #host: FeedHost;
  readonly #trustMs: number;
  readonly #begunAt: number;
  #wroteAt = Number.NEGATIVE_INFINITY;

  /** @param trustMs for how many milliseconds after such a write the instance assumes that it is still the owner */
  constructor(meta: Meta, host: FeedHost, trustMs: number) {
    this.#trustMs = trustMs;
    this.#meta = meta;
    this.#host = host;
    this.#begunAt = host.clock.now();
  }

  asOf(): number {
    return this.#wroteAt + this.#trustMs;
  }

  async reach(need: number): Promise<boolean> {
    if (this.asOf() > need) return false;
    const now = this.#host.clock.now();
    this.#meta.set("heartbeat", now);
    this.#wroteAt = now;
    return false;
  }

  async alone(): Promise<void> {
    const { clock } = this.#host;
    const left = this.#begunAt + this.#trustMs - clock.now();
    if (left > 0) await clock.sleep(left);
  }

  nudge(): void {}

  forget(): void {
    this.#wroteAt = Number.NEGATIVE_INFINITY;
  }
}
