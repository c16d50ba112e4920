/**
 * How long, in milliseconds, a command waits for an answer: a person looks on, and an answer from a slow database or a busy
 * machine is worth more to them than an early error.
 */
export const DEADLINE_MS = 30_000;
