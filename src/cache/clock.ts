/** Time as the rest of the code sees it; tests and the simulator put virtual time here. */
export interface Clock {
  /** Milliseconds since the epoch. In workerd it stands still between I/O operations. */
  now(): number;
  /** Resolves after `milliseconds`, in the request that asked. */
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
