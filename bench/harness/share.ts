import { fork } from "node:child_process";

const BENCH = new URL("../run.ts", import.meta.url);

/** Runs one bench command in another process, resolves with its first message, and ends it. */
export function askShare<T>(command: string, args: readonly string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = fork(BENCH, [command, ...args]);
    child.once("message", (found: T) => {
      child.kill();
      resolve(found);
    });
    child.once("exit", (code) =>
      reject(new Error(`${command} ${args.join(" ")}: ended with ${code} before its share came`)),
    );
  });
}
