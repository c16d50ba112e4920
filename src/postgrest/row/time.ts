/**
 * Dates and times as microseconds since 1970, from the ISO forms that clients send and that Postgres puts into JSON.
 * Anything else that Postgres accepts is undefined, which means *not known*.
 */

const MICROSECONDS_PER_SECOND = 1_000_000n;
const SECONDS_PER_DAY = 86_400;
/** Later and earlier than any time Postgres holds. */
const INFINITY = 1n << 80n;

export interface Moment {
  /** Microseconds since 1970 of the clock as written. */
  readonly local: bigint;
  /** Seconds east of UTC, when a zone is written. */
  readonly zone?: number;
  readonly hasTime: boolean;
}

const MOMENT =
  /^(\d{4,6})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?)?$/i;

export function parseMoment(text: string): Moment | undefined {
  if (/^infinity$/i.test(text)) return { local: INFINITY, zone: 0, hasTime: false };
  if (/^-infinity$/i.test(text)) return { local: -INFINITY, zone: 0, hasTime: false };
  const match = MOMENT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone] = match;
  const days = daysSince1970(Number(year), Number(month), Number(day));
  // To Postgres 24:00 and second 60 mean the next minute. They are too rare to be worth reading.
  if (days === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const seconds = days * SECONDS_PER_DAY + Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const local = BigInt(seconds) * MICROSECONDS_PER_SECOND + BigInt(fraction.padEnd(6, "0"));
  const hasTime = match[4] !== undefined;
  if (zone === undefined) return { local, hasTime };
  const offset = zoneSeconds(zone);
  return offset === undefined ? undefined : { local, zone: offset, hasTime };
}

export function isInfinite(moment: Moment): boolean {
  return moment.local === INFINITY || moment.local === -INFINITY;
}

/** The instant in microseconds since 1970. Undefined when no zone is written. */
export function instantOf(moment: Moment): bigint | undefined {
  if (moment.zone === undefined) return undefined;
  return moment.local - BigInt(moment.zone) * MICROSECONDS_PER_SECOND;
}

function zoneSeconds(zone: string): number | undefined {
  if (zone === "Z" || zone === "z") return 0;
  const digits = zone.slice(1).replaceAll(":", "");
  const [hours, minutes, seconds] = [0, 2, 4].map((at) => Number(digits.slice(at, at + 2) || "0"));
  // Postgres refuses more than 15:59:59.
  if ((hours ?? 99) > 15 || (minutes ?? 99) > 59 || (seconds ?? 99) > 59) return undefined;
  const total = (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  return zone.startsWith("-") ? -total : total;
}

function daysSince1970(year: number, month: number, day: number): number | undefined {
  if (year < 1 || month < 1 || month > 12 || day < 1) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / 86_400_000;
}
