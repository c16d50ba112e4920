import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Ends other processes when this one ends, in whatever way: SIGKILL cannot be handled, and would leave workerd behind, on its
 * port. A shell waits for the end of its input, which the kernel closes, and then kills. Not on Windows.
 */
export class Watchdog {
  readonly #shell: ChildProcess | undefined;

  constructor() {
    if (process.platform === "win32") return;
    // Of its own group, so that Ctrl-C in a terminal does not end it first. It needs nothing of the environment.
    this.#shell = spawn("/bin/sh", ["-c", SCRIPT], {
      detached: true,
      env: {},
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#shell.on("error", () => {});
    this.#shell.stdin?.on("error", () => {});
    this.#shell.unref();
  }

  /** From now on these, in place of those before. */
  watch(pids: readonly number[]): void {
    this.#shell?.stdin?.write(`${pids.join(" ")}\n`);
  }

  /** Ends nothing any more. */
  async release(): Promise<void> {
    const shell = this.#shell;
    if (shell === undefined || shell.exitCode !== null || shell.pid === undefined) return;
    const closed = once(shell, "close");
    shell.stdin?.end("\n");
    await closed;
  }
}

const SCRIPT = 'pids=; while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -9 $pids';
