import { setTimeout as sleep } from "node:timers/promises";

/**
 * How long, in milliseconds, a test waits for something that must happen. No test passes or fails by how long it took:
 * this only ends a test that has already failed, so it is far beyond what a busy machine needs.
 */
export const PATIENCE_MS = 120_000;

/** The same for `tidemark/client`, which would otherwise take a busy machine for a failed gateway. */
export const CLIENT_PATIENCE = "2m";

type Looked<T> = T | false | null | undefined;

/**
 * Polls until `condition` returns something other than false, undefined or null, and returns that. The deadline only
 * ends a failing test: no test depends on how long something took.
 *
 * @param what completes the error "Gave up waiting until …"; a function is asked at that time
 */
export async function until<T>(
  what: string | (() => string),
  condition: () => Looked<T> | Promise<Looked<T>>,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined && value !== null) return value;
    if (performance.now() > deadline) {
      throw new Error(`Gave up waiting until ${typeof what === "string" ? what : what()}`);
    }
    await sleep(20);
  }
}
