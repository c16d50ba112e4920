import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answered, Question } from "./messages.ts";

/** The database's process, asked by messages. */
export class Database {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answered>>();
  #last = 0;

  private constructor(server: URL) {
    this.#process = fork(fileURLToPath(server), {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#process.on("message", (answered: Answered) => {
      const waiting = this.#waiting.get(answered.id);
      this.#waiting.delete(answered.id);
      if (answered.error === undefined) waiting?.resolve(answered);
      else waiting?.reject(new Error(answered.error));
    });
    this.#process.on("exit", (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the database has ended (${code})`));
    });
  }

  /**
   * Resolves when its tables are filled.
   *
   * @param server the module that the process runs
   */
  static async start(server: URL): Promise<Database> {
    const database = new Database(server);
    const ready = Promise.withResolvers<Answered>();
    database.#waiting.set(0, ready);
    await ready.promise;
    return database;
  }

  async text(question: Question): Promise<string> {
    return (await this.#ask(question)).text ?? "";
  }

  async write(sql: string): Promise<void> {
    await this.#ask({ kind: "write", sql });
  }

  async digests(sql: string, values: readonly string[]): Promise<readonly string[]> {
    return (await this.#ask({ kind: "digests", sql, values })).digests ?? [];
  }

  /** Its files go away with it. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.disconnect();
    await ended;
  }

  #ask(question: Question): Promise<Answered> {
    const id = ++this.#last;
    const waiting = Promise.withResolvers<Answered>();
    this.#waiting.set(id, waiting);
    this.#process.send({ id, question });
    return waiting.promise;
  }
}
