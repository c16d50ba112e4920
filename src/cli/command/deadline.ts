/**
 * How long, in milliseconds, a command waits for an answer: a person looks on, and an answer from a slow database or a busy
 * machine is worth more to them than an early error.
 */
export const DEADLINE_MS = 30_000;

/** Whether a request failed because its deadline passed: the address may be right, and the answer slow. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

/** What to say of whoever did not answer in time. */
export function silentFor(deadlineMs = DEADLINE_MS): string {
  return `has not answered within ${deadlineMs / 1_000} s`;
}
