/** An exact decimal: `digits × 10^-scale`, without trailing zeros in `digits`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Far beyond what Postgres prints for sensible data, and short enough that nobody burns time with it. */
const MAX_EXPONENT = 2_000;

/** `-12.50`, `1e3`. Undefined when it is not a plain decimal, or is too large to be worth computing with. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/.exec(text);
  if (match === null || text.length > MAX_EXPONENT) return undefined;
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  let digits = BigInt(whole + fraction);
  if (sign === "-") digits = -digits;
  let scale = fraction.length - exponent;
  if (digits === 0n) return { digits, scale: 0 };
  while (digits % 10n === 0n) {
    digits /= 10n;
    scale -= 1;
  }
  return { digits, scale };
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const left = a.digits * 10n ** BigInt(scale - a.scale);
  const right = b.digits * 10n ** BigInt(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}
