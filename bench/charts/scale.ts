/** The fewer decades, the more ticks in each. */
const FACTORS = [
  { decades: 1, factors: [1, 1.5, 2, 3, 5, 7] },
  { decades: 2, factors: [1, 2, 5] },
  { decades: Number.POSITIVE_INFINITY, factors: [1] },
];

/** Ticks of a logarithmic axis: powers of ten, and values between them if those are few. */
export function logTicks(low: number, high: number): number[] {
  if (!(low > 0)) throw new Error(`${low} has no place on a logarithmic axis`);
  const { factors } = FACTORS.find(({ decades }) => high / low < 10 ** decades) ?? { factors: [1] };
  const exponents = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, step) => Math.floor(Math.log10(low)) + step,
  );
  return exponents
    .flatMap((exponent) => factors.map((factor) => Number(`${factor}e${exponent}`)))
    .filter((tick) => tick >= low && tick <= high);
}

/** A reader takes at most three digits from a chart. */
export function printed(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value >= 10 ? value.toFixed(1) : value >= 0.1 ? value.toFixed(2) : value.toPrecision(1);
}

/** For axes: 100,000 is 100k. */
export const SHORT_NUMBER = "datum.value >= 1000 ? datum.value / 1000 + 'k' : '' + datum.value";
