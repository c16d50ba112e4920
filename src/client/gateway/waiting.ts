import { systemClock } from "../../runtime/clock.ts";
import { within as withDeadline } from "../../runtime/deadline.ts";

/** So much of a body is waited for: the default of the gateway's `limits.maxBodyBytes`. */
const AWAITED_BYTES = 1_048_576;

/** Not in time. */
export const LATE: unique symbol = Symbol("late");

/** What a promise brings, or `LATE`. Leaves no timer behind. */
export function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | typeof LATE> {
  return withDeadline(systemClock, milliseconds, promise, () => LATE);
}

/**
 * Waits until a body is here, or as much of it as we wait for; false when it stands still for too long. The response
 * itself stays unread: a copy is read ahead of its caller, who finds in memory what came so far. With a body that is not
 * a stream (React Native) there is nothing to wait for: it is here already.
 *
 * @throws what reading it throws
 */
export async function bodyArrives(response: Response, longestPauseMs: number): Promise<boolean> {
  if (typeof response.body?.getReader !== "function") return true;
  const reader = response.clone().body?.getReader();
  let bytes = 0;
  while (reader !== undefined) {
    const piece = await within(longestPauseMs, reader.read());
    bytes += piece === LATE ? 0 : (piece.value?.byteLength ?? 0);
    if (piece !== LATE && !piece.done && bytes <= AWAITED_BYTES) continue;
    // Ends when the other copy has ended, too: nobody waits for that.
    reader.cancel().catch(() => {});
    return piece !== LATE;
  }
  return true;
}
