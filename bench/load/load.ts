import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LoadOrder, LoadResult } from "./order.ts";

/**
 * The load generator in a process of its own. It shares no pipe with anybody: a generator that waits for the
 * reader of a Worker's log stalls the server that it measures.
 */
export class Load {
  readonly #process: ChildProcess;

  constructor() {
    this.#process = fork(fileURLToPath(new URL("generator.ts", import.meta.url)), {
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      serialization: "advanced", // bodies are bytes
    });
  }

  /** One order at a time. Rejects when the server cannot be reached, or the generator has ended. */
  run(order: LoadOrder): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`the load generator ended (${code})`));
      this.#process.once("exit", ended);
      this.#process.once("message", (message: LoadResult | string) => {
        this.#process.off("exit", ended);
        if (typeof message === "string") reject(new Error(message));
        else resolve(message);
      });
      this.#process.send(order);
    });
  }

  stop(): void {
    this.#process.kill();
  }
}
