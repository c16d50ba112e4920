/** A length of time: a number of seconds, or a text with a unit: `"250ms"`, `"10s"`, `"5m"`, `"1h"`, `"7d"`. */
export type Duration = number | string;

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Converts a duration to milliseconds.
 *
 * @throws RangeError unless it is a finite, non-negative number of seconds or a text `<number><ms|s|m|h|d>`
 */
export function parseDuration(duration: Duration): number {
  const [, count, unit = "s"] =
    typeof duration === "number" ? ["", duration] : (/^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? []);
  const milliseconds = Number(count) * (MILLISECONDS[unit] as number);
  if (milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY) return milliseconds;
  throw new RangeError(`${JSON.stringify(duration)} is not a duration like 10 (seconds), "250ms" or "7d"`);
}
