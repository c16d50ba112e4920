/** Time as the rest of the code sees it; tests and the simulator put virtual time here. */
export interface Clock {
  /** Milliseconds since the epoch. In workerd it stands still between I/O operations. */
  now(): number;
  /** Resolves after `milliseconds`, in the request that asked. */
  sleep(milliseconds: number): Promise<void>;
  /** Calls `ring` after `milliseconds`, unless the returned function is called before: a deadline that hardly ever comes. */
  after(milliseconds: number, ring: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  after: (milliseconds, ring) => {
    const timer = setTimeout(ring, milliseconds);
    return () => clearTimeout(timer);
  },
};
