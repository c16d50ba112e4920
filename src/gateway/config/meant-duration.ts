const UNITS = /^(\d+(?:\.\d+)?)\s*(?:(ms|milli)|(s)|(m)|(h)|(d))[a-z]*$/i;

/** Of "10 s" or "5 minutes" what was meant; undefined when that cannot be told. */
export function meantDuration(input: unknown): string | undefined {
  const [, amount, ...units] = (typeof input === "string" && UNITS.exec(input.trim())) || [];
  const unit = ["ms", "s", "m", "h", "d"][units.findIndex((each) => each !== undefined)];
  return amount === undefined || unit === undefined ? undefined : `Did you mean "${amount}${unit}"?`;
}
