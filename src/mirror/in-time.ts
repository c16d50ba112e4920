import type { Clock } from "../runtime/clock.ts";
import { within } from "../runtime/deadline.ts";
import { MirrorError } from "./mirror-error.ts";

/**
 * What the keeper answers to a call of the mirror.
 *
 * @throws MirrorError `keeper-late`, or whatever the keeper throws
 */
export function inTime<T>(clock: Clock, milliseconds: number, ask: () => Promise<T>): Promise<T> {
  // Async, so that failing to get a stub rejects like any other failure.
  const asked = async () => ask();
  return within(clock, milliseconds, asked(), (): never => {
    throw new MirrorError("keeper-late");
  });
}
