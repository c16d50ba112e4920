import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("origin.ts", import.meta.url));

/** The origin's process and its children: killed without warning, started again on the same port. */
export class OriginProcess {
  readonly url: string;
  readonly #port: number;
  readonly #database: string;
  #process: ChildProcess | null = null;

  constructor(port: number, database: string) {
    this.url = `http://127.0.0.1:${port}`;
    this.#port = port;
    this.#database = database;
  }

  async start(): Promise<void> {
    const child = fork(MAIN, [this.#database, String(this.#port)], {
      stdio: "inherit",
      // Its own process group, to be killed as a whole.
      detached: true,
    });
    this.#process = child;
    // Restarted when it ends by itself, as in any deployment of PostgREST.
    child.once("exit", (code) => {
      if (code !== null && this.#process === child) void this.start().catch(() => {});
    });
    await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => Promise.reject(new Error("the origin did not start"))),
    ]);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null) return;
    const exited = once(child, "exit");
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await exited;
  }
}
