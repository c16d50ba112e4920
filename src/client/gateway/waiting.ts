import { systemClock } from "../../runtime/clock.ts";
import { within as withDeadline } from "../../runtime/deadline.ts";

/** How much of a body to wait for: the default of the gateway's `limits.maxBodyBytes`. */
const AWAITED_BYTES = 1_048_576;

/** The result of a promise that did not settle in time. */
export const LATE: unique symbol = Symbol("late");

/** The promise's value, or `LATE`. Leaves no timer behind. */
export function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | typeof LATE> {
  return withDeadline(systemClock, milliseconds, promise, () => LATE);
}

/**
 * Waits until a body has arrived, or `AWAITED_BYTES` of it. False when it pauses for too long. The response itself
 * stays unread: a copy is read ahead, so the caller finds in memory what has arrived. A body that is not a stream
 * (React Native) is there already.
 *
 * @throws what reading the body throws
 */
export async function bodyArrives(response: Response, longestPauseMs: number): Promise<boolean> {
  if (typeof response.body?.getReader !== "function") return true;
  const reader = response.clone().body?.getReader();
  let bytes = 0;
  while (reader !== undefined) {
    const piece = await within(longestPauseMs, reader.read());
    bytes += piece === LATE ? 0 : (piece.value?.byteLength ?? 0);
    if (piece !== LATE && !piece.done && bytes <= AWAITED_BYTES) continue;
    // Settles only when the other copy has ended, so do not wait for it.
    reader.cancel().catch(() => {});
    return piece !== LATE;
  }
  return true;
}
