import type { Histogram } from "../../../src/keeper/protocol/detailed-statistics.ts";
import { count, share } from "../figures/format.ts";
import { className, quantileInWords, totalOf } from "../figures/histogram.ts";

interface DistributionProps {
  readonly title: string;
  readonly note: string;
  readonly histogram: Histogram | undefined;
}

/** How long something took: where half of it ends, and 99 of 100, and how it is spread. */
export function Distribution({ title, note, histogram = [] }: DistributionProps) {
  const total = totalOf(histogram);
  const most = Math.max(1, ...histogram.map((each) => each.count));
  return (
    <div class="distribution">
      <h3>{title}</h3>
      <p class="muted">{note}</p>
      <dl class="quantiles">
        <div>
          <dt>p50</dt>
          <dd>{quantileInWords(histogram, 0.5)}</dd>
        </div>
        <div>
          <dt>p99</dt>
          <dd>{quantileInWords(histogram, 0.99)}</dd>
        </div>
        <div>
          <dt>max</dt>
          <dd>{quantileInWords(histogram, 1)}</dd>
        </div>
      </dl>
      {total === 0 ? (
        <p class="muted">None yet.</p>
      ) : (
        <>
          <ul class="classes" aria-label={`${title}, by duration`}>
            {histogram.map((each, index) => (
              <li
                key={className(histogram, index)}
                title={`${className(histogram, index)}: ${count(each.count)}`}
              >
                <i style={{ height: `${(each.count / most) * 100}%` }} />
                <span class="hidden">
                  {className(histogram, index)}: {count(each.count)}, {share(each.count, total)}
                </span>
              </li>
            ))}
          </ul>
          <p class="ends" aria-hidden="true">
            <span>{className(histogram, 0)}</span>
            <span>{className(histogram, histogram.length - 1)}</span>
          </p>
        </>
      )}
    </div>
  );
}
