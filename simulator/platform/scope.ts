import { AsyncLocalStorage } from "node:async_hooks";
import type { Random } from "../../testing/random.ts";
import type { Timeline } from "../../testing/time/timeline.ts";

/** A machine's own clock: set differently from all others, and sometimes adjusted. */
export class Machine {
  /** Milliseconds that it is ahead of true time. */
  offset: number;
  /** It was set back: what it said before cannot be translated into true time. */
  stepped = false;
  /** It was set back, and had caught up again before anybody looked: no program can notice. */
  misled = false;
  #isUnseen = false;
  #shown = Number.NEGATIVE_INFINITY;

  constructor(offset: number) {
    this.offset = offset;
  }

  step(by: number): void {
    this.offset += by;
    if (by > 0) return;
    this.stepped = true;
    this.#isUnseen = true;
  }

  /** In whole milliseconds. */
  show(trueTime: number): number {
    const shown = Math.floor(trueTime + this.offset);
    if (this.#isUnseen && shown >= this.#shown) this.misled = true;
    this.#isUnseen = false;
    this.#shown = shown;
    return shown;
  }
}

/**
 * What a promise belongs to: a request, an isolate, an instance of the keeper. When that ends, its promises never
 * settle, as workerd does it; while it sleeps they wait (platform.md, *Sharing and cancellation*).
 */
export class Scope {
  readonly timeline: Timeline;
  readonly machine: Machine;
  /** What is random about what happens in this scope: of its own, so that one event less leaves the others alone. */
  readonly random: Random;
  readonly #parent: Scope | undefined;
  readonly #ending = Promise.withResolvers<never>();
  #ended = false;
  #sleepsUntil = Number.NEGATIVE_INFINITY;

  constructor(timeline: Timeline, machine: Machine, random: Random, parent?: Scope) {
    this.timeline = timeline;
    this.machine = machine;
    this.random = random;
    this.#parent = parent;
    this.#ending.promise.catch(() => {});
  }

  /** A part of it, with random numbers of its own or of whom it works for. */
  within(random: Random): Scope {
    return new Scope(this.timeline, this.machine, random, this);
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

  /** Calls back after so long, in this scope. */
  after(milliseconds: number, ring: () => void): () => void {
    return this.timeline.after(milliseconds, () => this.#deliver(() => ambient.run(this, ring)));
  }

  /** At once, or when it wakes; never after its end. */
  #deliver(settle: () => void): void {
    if (this.ended) return;
    if (this.sleepsUntil > this.timeline.now) this.timeline.at(this.sleepsUntil, () => this.#deliver(settle));
    else settle();
  }
}

/** In whose name code runs. */
export const ambient = new AsyncLocalStorage<Scope>();

export function here(): Scope {
  const scope = ambient.getStore();
  if (scope === undefined) throw new Error("this code belongs to no machine");
  return scope;
}
