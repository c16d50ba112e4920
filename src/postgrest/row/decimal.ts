/**
 * An exact decimal: `0.digits × 10^point`, without a zero at either end of `digits`; zero has no digits. It stays text, so
 * that comparing costs no more than reading, whatever the exponent. The infinities and NaN, which in Postgres equals
 * itself and is greater than everything else, have no digits but a rank other than 0.
 */
export interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly point: number;
  readonly rank: number;
}

/** Far beyond what sensible data needs. */
const MAX_EXPONENT = 2_000;

/** Reads `-12.50`, `1e3`, `NaN`, `-Infinity`. Undefined for anything else, and for an extreme length or exponent. */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > MAX_EXPONENT) return undefined;
  const special = parseSpecial(text);
  if (special !== undefined) {
    return { sign: 0, digits: "", point: 0, rank: Number.isNaN(special) ? 2 : Math.sign(special) };
  }
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const all = whole + fraction;
  let from = 0;
  while (all[from] === "0") from += 1;
  if (from === all.length) return { sign: 0, digits: "", point: 0, rank: 0 };
  let to = all.length;
  while (all[to - 1] === "0") to -= 1;
  const point = whole.length - from + exponent;
  return { sign: sign === "-" ? -1 : 1, digits: all.slice(from, to), point, rank: 0 };
}

/** The infinities and NaN as Postgres reads and prints them. Undefined for any other text. */
export function parseSpecial(text: string): number | undefined {
  const match = /^([+-]?)inf(?:inity)?$|^nan$/i.exec(text);
  if (match === null) return undefined;
  if (match[1] === undefined) return Number.NaN;
  return match[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Negative, zero or positive. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  if (a.sign !== b.sign) return a.sign < b.sign ? -1 : 1;
  if (a.point !== b.point) return a.point < b.point ? -a.sign : a.sign;
  if (a.digits === b.digits) return 0;
  // These are digits behind the point, so they compare as texts do.
  return a.digits < b.digits ? -a.sign : a.sign;
}

/** Equal for equal decimals only. */
export function decimalKey({ sign, digits, point, rank }: Decimal): string {
  return `${sign < 0 ? "-" : ""}${digits}e${point}${rank === 0 ? "" : ` ${rank}`}`;
}
