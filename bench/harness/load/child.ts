import { type ChildProcess, fork } from "node:child_process";

/**
 * A child process of the bench that handles one order at a time. It shares no pipe except for errors, because a load
 * generator that waits for the reader of a Worker's log stalls the server that it measures. It exits when it loses the
 * bench.
 */
export class Child<Order extends object, Answer extends object> {
  readonly #process: ChildProcess;

  constructor(module: URL) {
    this.#process = fork(module, {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      serialization: "advanced", // bodies are bytes
    });
  }

  /** One order at a time. Rejects with the process' reason for a failure, or if it has ended. */
  ask(order: Order): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`a process of the bench has ended (${code})`));
      this.#process.once("exit", ended);
      this.#process.once("message", (message: Answer | string) => {
        this.#process.off("exit", ended);
        if (typeof message === "string") reject(new Error(message));
        else resolve(message);
      });
      this.#process.send(order);
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.disconnect();
    await ended;
  }
}

/** The child's side of it. */
export function answerOrders<Order extends object, Answer extends object>(
  answer: (order: Order) => Promise<Answer>,
  end: () => Promise<void> = async () => {},
): void {
  process.on("message", async (order: Order) => {
    const answered = await answer(order).catch((error: unknown) => String(error));
    if (process.connected) process.send?.(answered);
  });
  process.on("disconnect", async () => {
    await end();
    process.exit();
  });
}
