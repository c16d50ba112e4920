/**
 * An exact decimal: `digits × 10^-scale`, without trailing zeros in `digits`. Postgres' numeric also holds the
 * infinities and, above all else and equal to itself, NaN: these have no digits but a rank other than 0.
 */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
  readonly rank: number;
}

/** Far beyond what Postgres prints for sensible data, and short enough that nobody burns time with it. */
const MAX_EXPONENT = 2_000;

/** `-12.50`, `1e3`, `NaN`, `-Infinity`. Undefined when it is not a plain decimal, or is too large to be worth computing with. */
export function parseDecimal(text: string): Decimal | undefined {
  const special = parseSpecial(text);
  if (special !== undefined) {
    return { digits: 0n, scale: 0, rank: Number.isNaN(special) ? 2 : Math.sign(special) };
  }
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/.exec(text);
  if (match === null || text.length > MAX_EXPONENT) return undefined;
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  let digits = BigInt(whole + fraction);
  if (sign === "-") digits = -digits;
  let scale = fraction.length - exponent;
  if (digits === 0n) return { digits, scale: 0, rank: 0 };
  while (digits % 10n === 0n) {
    digits /= 10n;
    scale -= 1;
  }
  return { digits, scale, rank: 0 };
}

/** The infinities and NaN as Postgres reads and prints them, for numeric and for floating-point types. */
export function parseSpecial(text: string): number | undefined {
  const match = /^([+-]?)inf(?:inity)?$|^nan$/i.exec(text);
  if (match === null) return undefined;
  if (match[1] === undefined) return Number.NaN;
  return match[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  const scale = Math.max(a.scale, b.scale);
  const left = a.digits * 10n ** BigInt(scale - a.scale);
  const right = b.digits * 10n ** BigInt(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}
