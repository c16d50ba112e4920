/**
 * A length of time: a number of seconds, at most a day, or a text with a unit: `"250ms"`, `"10s"`, `"5m"`, `"1h"`, `"7d"`.
 */
export type Duration = number | string;

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * The largest number of seconds that is taken without its unit: a day. Hardly anybody who counts seconds means `300_000`,
 * which is three and a half days, but everybody does who comes from a library that counts milliseconds. As seconds, numbers
 * up to here are common: 3,600 and 86,400.
 */
const MAX_SECONDS = 86_400;

/**
 * Converts a duration to milliseconds.
 *
 * @param maxSeconds the largest number; a text may say more
 * @throws RangeError unless it is a finite, non-negative number of seconds, at most `maxSeconds`, or a text
 * `<number><ms|s|m|h|d>`
 */
export function parseDuration(duration: Duration, maxSeconds = MAX_SECONDS): number {
  const [, count, unit = "s"] =
    typeof duration === "number"
      ? ["", duration > maxSeconds ? Number.NaN : duration]
      : (/^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? []);
  const milliseconds = Number(count) * (MILLISECONDS[unit] as number);
  if (milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY) return milliseconds;
  throw new RangeError(
    `${JSON.stringify(duration)} is not a duration like 10 (seconds, at most a day), "250ms" or "7d"`,
  );
}
