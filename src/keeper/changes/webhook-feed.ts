import type { Feed, FeedHost } from "../ports/ports.ts";
import type { Meta } from "../storage/meta.ts";

/**
 * Without capture the keeper knows what it was told, the moment it is told: as of any moment, counted from ingest. But
 * only while it is the owner of its storage, and an instance that another has superseded learns that by a write that
 * fails. So "as of now" rests on a write, and no answer leaves before that is on disk.
 */
export class WebhookFeed implements Feed {
  readonly proven = false;
  readonly #meta: Meta;
  readonly #host: FeedHost;
  readonly #trustMs: number;
  #wroteAt = Number.NEGATIVE_INFINITY;

  /** @param trustMs how long after such a write the instance believes that it still is the owner */
  constructor(meta: Meta, host: FeedHost, trustMs: number) {
    this.#trustMs = trustMs;
    this.#meta = meta;
    this.#host = host;
  }

  asOf(): number {
    return this.#wroteAt + this.#trustMs;
  }

  async reach(moment: number): Promise<boolean> {
    if (this.asOf() > moment) return false;
    const now = this.#host.clock.now();
    this.#meta.set("heartbeat", now);
    this.#wroteAt = now;
    return false;
  }

  nudge(): void {}

  forget(): void {
    this.#wroteAt = Number.NEGATIVE_INFINITY;
  }
}
