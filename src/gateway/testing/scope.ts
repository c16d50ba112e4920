import type { Clock } from "../../runtime/clock.ts";

/**
 * What a promise belongs to: a request, an isolate, an instance of the keeper. When that ends, its promises never
 * settle, as workerd does it; while it sleeps they wait.
 */
export class Scope {
  readonly #parent: Scope | undefined;
  readonly #ending = Promise.withResolvers<never>();
  #ended = false;
  #sleepsUntil = Number.NEGATIVE_INFINITY;

  constructor(parent?: Scope) {
    this.#parent = parent;
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
  own<T>(clock: Clock, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const deliver = async (settle: () => void) => {
        while (!this.ended && this.sleepsUntil > clock.now())
          await clock.sleep(this.sleepsUntil - clock.now());
        if (!this.ended) settle();
      };
      work.then(
        (value) => void deliver(() => resolve(value)),
        (error) => void deliver(() => reject(error)),
      );
    });
  }
}

/** The part of Node's `AsyncLocalStorage` that is used: which request a call is made in. */
export interface Ambient {
  run<R>(scope: Scope, work: () => R): R;
  getStore(): Scope | undefined;
}

/** A clock of a machine of its own: set differently, and its timers end with whom they belong to. */
export class ScopedClock implements Clock {
  readonly #clock: Clock;
  readonly #offset: number;
  readonly #scope: () => Scope;

  constructor(clock: Clock, offset: number, scope: () => Scope) {
    this.#clock = clock;
    this.#offset = offset;
    this.#scope = scope;
  }

  now(): number {
    return this.#clock.now() + this.#offset;
  }

  sleep(milliseconds: number): Promise<void> {
    return this.#scope().own(this.#clock, this.#clock.sleep(milliseconds));
  }

  after(milliseconds: number, ring: () => void): () => void {
    let isWanted = true;
    void this.sleep(milliseconds).then(() => isWanted && ring());
    return () => {
      isWanted = false;
    };
  }
}
