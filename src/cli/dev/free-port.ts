import { createServer } from "node:net";

/**
 * Resolves if the port can be listened on.
 *
 * @throws Error of one line that says what to do, made by `refuse` from why it cannot
 */
export function assertFree(port: number, refuse: (why: string) => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) => {
      reject(refuse(code === "EADDRINUSE" ? "is in use" : `cannot be used (${code})`));
    });
    server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
  });
}
