/** `12,345`. */
export function countOf(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `1 query`, `12,345 queries`. */
export function countedOf(value: number, one: string, many = `${one}s`): string {
  return `${countOf(value)} ${value === 1 ? one : many}`;
}

/** `81.0 %` of 0.81. */
export function percentOf(ratio: number): string {
  return `${(ratio * 100).toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} %`;
}

/** `340 ms`, `12 s`, `5 min`, `3 h`, `4 d`: rounded down to the largest unit that fits. */
export function durationOf(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => milliseconds >= size) ?? ["ms", 1];
  return `${Math.floor(milliseconds / size)} ${unit}`;
}

/** `512 B`, `3.4 KB`, `1.2 MB`. */
export function bytesOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `$5.00`; below a cent three digits that count, as most prices are below. */
export function dollarsOf(dollars: number): string {
  return dollars > 0 && dollars < 0.01 ? `$${Number(dollars.toPrecision(2))}` : `$${dollars.toFixed(2)}`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];
