import { fork } from "node:child_process";

/** Has another process run a bench, with these arguments, and send what it found; that process is ended then. */
export function askShare<T>(bench: URL, args: readonly string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = fork(bench, args);
    child.once("message", (found: T) => {
      child.kill();
      resolve(found);
    });
    child.once("exit", (code) =>
      reject(new Error(`${args.join(" ")}: ended with ${code} before its share came`)),
    );
  });
}
