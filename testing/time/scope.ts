import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../../src/runtime/clock.ts";
import type { Timeline } from "./timeline.ts";

/**
 * What a promise belongs to: a request, an isolate, an instance of the keeper. Once it has ended, its promises never
 * settle, as in workerd; while it sleeps they wait (docs/design/platform.md, *Sharing and cancellation*).
 */
export class Scope {
  readonly timeline: Timeline;
  readonly #parent: Scope | undefined;
  readonly #ending = Promise.withResolvers<never>();
  #ended = false;
  #sleepsUntil = Number.NEGATIVE_INFINITY;

  /** @param within a scope that it ends and sleeps with, or the timeline alone */
  constructor(within: Scope | Timeline) {
    this.#parent = within instanceof Scope ? within : undefined;
    this.timeline = within instanceof Scope ? within.timeline : within;
    this.#ending.promise.catch(() => {});
  }

  get ended(): boolean {
    return this.#ended || (this.#parent?.ended ?? false);
  }

  get sleepsUntil(): number {
    return Math.max(this.#sleepsUntil, this.#parent?.sleepsUntil ?? Number.NEGATIVE_INFINITY);
  }

  /** Rejects when the scope ends: what callers elsewhere see. */
  get ending(): Promise<never> {
    return this.#ending.promise;
  }

  end(): void {
    this.#ended = true;
    this.#ending.reject(new Error("the instance is gone"));
  }

  sleep(until: number): void {
    this.#sleepsUntil = Math.max(this.#sleepsUntil, until);
  }

  /** The same promise, as seen from inside this scope. */
  own<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(
        (value) => this.#deliver(() => resolve(value)),
        (error) => this.#deliver(() => reject(error)),
      );
    });
  }

  /** Calls back in this scope; the returned function cancels that. */
  after(milliseconds: number, ring: () => void): () => void {
    return this.timeline.after(milliseconds, () => this.#deliver(() => ambient.run(this, ring)));
  }

  /** At once, or when the scope wakes; never after its end. */
  #deliver(settle: () => void): void {
    if (this.ended) return;
    if (this.sleepsUntil > this.timeline.now) this.timeline.at(this.sleepsUntil, () => this.#deliver(settle));
    else settle();
  }
}

/** The scope that code runs in. */
export const ambient = new AsyncLocalStorage<Scope>();

/**
 * A clock of the machine that a scope runs on: its timers end with the scope that sets them.
 *
 * @param now what the clock shows, in milliseconds
 */
export function clockOf(now: () => number, scope: () => Scope): Clock {
  return {
    now,
    sleep(milliseconds) {
      const owner = scope();
      return new Promise((resolve) => void owner.after(milliseconds, resolve));
    },
    after: (milliseconds, ring) => scope().after(milliseconds, ring),
  };
}
