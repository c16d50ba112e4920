type Stop = () => Promise<void> | void;

/** How long a clean stop may take before the process ends anyway, in milliseconds. */
const STOP_DEADLINE = 5_000;
/** Ctrl-C arrives twice, from the terminal and from npm. Only a signal later than this means impatience. Milliseconds. */
const SAME_SIGNAL = 500;
/** How often to check that npm is still running, in milliseconds. */
const PARENT_CHECK = 500;

/** Everything that was started. Ctrl-C, `kill` and a closed terminal stop it, newest first, and end the process. */
export class Running {
  readonly #stops: Stop[] = [];
  #stoppingSince: number | undefined;

  constructor() {
    this.takeSignals();
    // npm runs this in a shell that passes no signals on: killing npm ends the shell, but would leave this process.
    if (process.env.npm_lifecycle_event !== undefined) this.#stopWithParent();
  }

  add(stop: Stop): void {
    this.#stops.unshift(stop);
  }

  /**
   * Call it again once Miniflare runs: its own handlers end the process at once, before the database has closed
   * its files. Its "exit" handler stays, and ends workerd in any case.
   */
  takeSignals(): void {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.removeAllListeners(signal);
      process.on(signal, this.#stop);
    }
  }

  readonly #stop = async (): Promise<void> => {
    if (this.#stoppingSince !== undefined) {
      if (performance.now() - this.#stoppingSince > SAME_SIGNAL) process.exit(1);
      return;
    }
    this.#stoppingSince = performance.now();
    setTimeout(() => process.exit(1), STOP_DEADLINE).unref();
    for (const stop of this.#stops) await Promise.resolve(stop()).catch((error) => console.error(error));
    process.exit(0);
  };

  #stopWithParent(): void {
    const parent = process.ppid;
    const check = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(check);
      void this.#stop();
    }, PARENT_CHECK);
    check.unref();
  }
}
