/** What an audit proves, and not more than that. */
export interface Correctness {
  /** Of what was compared, the share that was right. */
  readonly seen: number;
  /** Of all answers, the share that is right at the least, with 95 % confidence. */
  readonly atLeast: number;
  /** −log₁₀ of the rest: 3 is 99.9 %. */
  readonly nines: number;
}

const CONFIDENCE = 0.95;

/**
 * How right answers are, by a sample of which `wrong` were not. With none wrong of n, that is the rule of three: 1 − 3/n.
 * Null: there is no sample.
 */
export function correctness(right: number, wrong: number): Correctness | null {
  const sampled = right + wrong;
  if (sampled === 0) return null;
  const share = Math.min(1, mostFor(wrong) / sampled);
  return { seen: right / sampled, atLeast: 1 - share, nines: share === 1 ? 0 : -Math.log10(share) };
}

/** The largest mean of a Poisson distribution with which as few as `seen` still happen in 5 % of the cases. */
function mostFor(seen: number): number {
  let [low, high] = [0, 3 * seen + 10];
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (atMost(seen, middle) > 1 - CONFIDENCE) low = middle;
    else high = middle;
  }
  return high;
}

/** Of a Poisson distribution with this mean, the share up to `seen`. In logarithms, since e^−mean may underflow. */
function atMost(seen: number, mean: number): number {
  if (mean === 0) return 1;
  let [term, sum] = [-mean, Math.exp(-mean)];
  for (let count = 1; count <= seen; count++) {
    term += Math.log(mean / count);
    sum += Math.exp(term);
  }
  return sum;
}

/** `99.92 %`: all its nines and the digit behind them, cut off and not rounded, so that it is never too much. */
export function percent(part: number): string {
  const rest = 1 - part;
  const digits = rest <= 0 ? 0 : Math.min(8, Math.max(1, Math.ceil(-Math.log10(rest) - 1e-6) - 2));
  const scale = 10 ** digits;
  return `${(Math.floor(part * 100 * scale + 1e-9) / scale).toFixed(digits)} %`;
}
