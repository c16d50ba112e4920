/** Time as the rest of the code sees it. Tests and the simulator pass virtual time instead. */
export interface Clock {
  /** Milliseconds since the epoch. In workerd it stands still between I/O operations. */
  now(): number;
  /** Resolves after `milliseconds`, within the request that called it. */
  sleep(milliseconds: number): Promise<void>;
  /** Calls `ring` after `milliseconds`. Returns a function that cancels it, for deadlines that rarely pass. */
  after(milliseconds: number, ring: () => void): () => void;
}

/** The platform's clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  after: (milliseconds, ring) => {
    const timer = setTimeout(ring, milliseconds);
    return () => clearTimeout(timer);
  },
};
