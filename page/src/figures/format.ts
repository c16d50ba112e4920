const LOCALE = "en-US";
const WHOLE = new Intl.NumberFormat(LOCALE);
const SHORT = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumSignificantDigits: 3 });

/** What stands for a figure that is not known. */
export const UNKNOWN = "–";

export function count(value: number | undefined): string {
  return value === undefined ? UNKNOWN : WHOLE.format(value);
}

/** `1.24M`: for axes, and where a column is narrow. */
export function short(value: number): string {
  return SHORT.format(value);
}

/** Three digits that matter, so that 0.004 and 4,000 a second both say something. */
export function rate(perSecond: number | undefined): string {
  if (perSecond === undefined) return UNKNOWN;
  if (perSecond === 0) return "0";
  if (perSecond < 0.01) return "< 0.01";
  const digits = perSecond < 10 ? 2 : perSecond < 100 ? 1 : 0;
  return new Intl.NumberFormat(LOCALE, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(perSecond);
}

/** A share of `whole`, never rounded up to all or down to nothing. */
export function share(part: number, whole: number): string {
  if (whole === 0) return UNKNOWN;
  const percent = (part / whole) * 100;
  if (part > 0 && percent < 0.1) return "< 0.1 %";
  if (part < whole && percent > 99.9) return "> 99.9 %";
  return `${percent.toFixed(1)} %`;
}

const UNITS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

/** `450 ms`, `1.5 s`, `2 h`. */
export function duration(ms: number): string {
  for (const [size, unit] of UNITS) {
    if (ms >= size) return `${trimmed(ms / size)} ${unit}`;
  }
  return `${Math.round(ms)} ms`;
}

/** `3 min ago`. */
export function ago(ms: number): string {
  return ms < 1_000 ? "now" : `${duration(ms < 60_000 ? Math.floor(ms / 1_000) * 1_000 : ms)} ago`;
}

function trimmed(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

export function bytes(value: number): string {
  if (value < 1_000) return `${value} B`;
  if (value < 1_000_000) return `${trimmed(value / 1_000)} kB`;
  return `${trimmed(value / 1_000_000)} MB`;
}

/** Cents where they matter, and never `$0.00` for something that costs. */
export function dollars(value: number): string {
  if (value > 0 && value < 0.01) return "< $0.01";
  return new Intl.NumberFormat(LOCALE, { style: "currency", currency: "USD" }).format(value);
}

/** A moment in the reader's time zone, on a 24-hour clock, to the second. */
export function clockTime(at: string | number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

export function dayAndTime(at: string | number): string {
  return new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** `1 query`, `2 queries`. */
export function plural(value: number, one: string, more = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}
