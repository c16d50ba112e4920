/** A length of time as people write it: seconds as a number, or a number with a unit, e.g. `"250ms"`, `"10s"`, `"5m"`, `"1h"`, `"7d"`. */
export type Duration = number | string;

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A duration in milliseconds.
 * @throws RangeError when it is not a finite, non-negative number of seconds or `<number><ms|s|m|h|d>`.
 */
export function parseDuration(duration: Duration): number {
  if (typeof duration === "number") {
    if (duration >= 0 && duration < Number.POSITIVE_INFINITY) return duration * 1_000;
  } else {
    const [, count, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? [];
    if (count !== undefined) return Number(count) * (MILLISECONDS[unit] as number);
  }
  throw new RangeError(
    `${JSON.stringify(duration)} is not a duration: write seconds, or "250ms", "10s", "5m", "1h", "7d"`,
  );
}
