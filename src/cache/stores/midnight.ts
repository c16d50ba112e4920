import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Duration } from "../../runtime/duration.ts";
import { KV_MIN_TTL_SECONDS } from "./kv-store.ts";

const HOUR = 3_600_000;

/**
 * The time until the day changes in a time zone, in seconds: `ttl: () => untilMidnight("Europe/Berlin")`. Days of 23 or
 * 25 hours, and days without a midnight, are counted correctly. The result is at least 60, the shortest life of a value
 * in Workers KV, so an entry of a day's last minute lives into the next day.
 *
 * @param timeZone an IANA name, e.g. `"Europe/Berlin"`, `"UTC"`
 * @throws RangeError when there is no such time zone
 */
export function untilMidnight(timeZone: string, clock: Clock = systemClock): Duration {
  const date = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
  const now = clock.now();
  const today = date.format(now);
  // Finds an instant within the next day, then bisects to the millisecond at which the date changes.
  let before = now;
  let after = now + HOUR;
  while (date.format(after) === today) {
    before = after;
    after += HOUR;
  }
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (date.format(middle) === today) before = middle;
    else after = middle;
  }
  return Math.max(KV_MIN_TTL_SECONDS, (after - now) / 1_000);
}
