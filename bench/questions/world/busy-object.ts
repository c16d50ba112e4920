import type { Timeline } from "../../../testing/time/timeline.ts";

/** The thread of a Durable Object: calls take their turn one after the other, and each takes some time. */
export class BusyObject {
  readonly #timeline: Timeline;
  #freeAt = 0;
  /** Milliseconds of the thread's time that a call takes. */
  callMs = 0;
  calls = 0;
  longestWaitMs = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Resolves when a call that arrives now has had its time. */
  async turn(): Promise<void> {
    this.calls++;
    if (this.callMs === 0) return;
    const { now } = this.#timeline;
    const start = Math.max(now, this.#freeAt);
    this.longestWaitMs = Math.max(this.longestWaitMs, start - now);
    this.#freeAt = start + this.callMs;
    await this.#timeline.sleep(this.#freeAt - now);
  }

  /** From now on calls take time, and count. */
  begin(callMs: number): void {
    this.calls = 0;
    this.longestWaitMs = 0;
    this.callMs = callMs;
  }
}
