import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Duration } from "../../runtime/duration.ts";
import { KV_MIN_TTL_SECONDS } from "./kv-store.ts";

const HOUR = 3_600_000;

/**
 * How long it is until the day changes in a time zone, in seconds; for `ttl: () => untilMidnight("Europe/Berlin")`.
 * Days of 23 and 25 hours, and those without a midnight, are counted as they are. Never below a minute, which is the
 * least that Workers KV keeps anything: within the last minute of a day the next day's first minute belongs to it.
 *
 * @param timeZone an IANA name, e.g. `"Europe/Berlin"`, `"UTC"`
 * @throws RangeError when there is no such time zone
 */
export function untilMidnight(timeZone: string, clock: Clock = systemClock): Duration {
  const date = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
  const now = clock.now();
  const today = date.format(now);
  // Some instant within the next day, then halving down to the one where the date changes, to the millisecond.
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
