import { type Curve, text } from "./curve.ts";
import { siteFigures } from "./virtual-site.ts";

const ISOLATES = 8;
const KEYS = 100;

/** What the proof costs: keeper calls and pulls while nothing changes, by bound and by load. */
export async function proofCurve(
  bounds: readonly number[],
  rates: readonly number[],
  seconds: number,
): Promise<Curve> {
  const rows: number[][] = [];
  for (const boundMs of bounds) {
    for (const rate of rates) {
      const { reads, hits, counts } = await siteFigures({
        ...{ boundMs, rate, seconds, isolates: ISOLATES, keys: KEYS },
      });
      const calls = counts.syncs + counts.fills;
      rows.push([
        boundMs / 1_000,
        rate,
        (100 * hits) / reads,
        (1_000 * calls) / Math.max(1, hits),
        calls / seconds,
        counts.pulls / seconds,
        counts.originRequests,
      ]);
    }
  }
  const at = (bound: number, rate: number) => rows.find((row) => row[0] === bound && row[1] === rate);
  const most = rates.at(-1) ?? 0;
  const least = rates[0] ?? 0;
  const strict = at(0, most);
  return {
    title: "What the proof costs",
    how: `A site that nobody writes to, in virtual time: ${ISOLATES} isolates 60 ms from keeper and database, ${KEYS} keys by Zipf's law, ${text(seconds)} s counted.`,
    head: [
      "bound, s",
      "requests/s",
      "% hits",
      "keeper calls per 1,000 hits",
      "keeper calls/s",
      "pulls/s",
      "origin requests",
    ],
    rows,
    bend: `Calls are per isolate and bound, not per request: from 1 to 100 requests/s the calls per 1,000 hits fall from ${text(at(10, least)?.[3] ?? 0)} to ${text(at(10, 100)?.[3] ?? 0)} with a bound of 10 s. ${learning(rows)} With 0 s every read waits for a sync that began after it, which all who wait in one isolate share: ${text(strict?.[4] ?? 0)} calls/s at ${text(most)} requests/s, at most one at a time in an isolate; and all isolates share the pulls (${text(strict?.[5] ?? 0)}/s, at most two under way).`,
  };
}

/** If the longest bound has as many calls as a shorter one, something other than the bound causes them. */
function learning(rows: readonly (readonly number[])[]): string {
  const most = Math.max(...rows.map((row) => row[1] ?? 0));
  const [middle, long] = [10, 60].map((bound) => rows.find((row) => row[0] === bound && row[1] === most));
  const calls = long?.[4] ?? 0;
  if (calls < 0.5 * (middle?.[4] ?? 0))
    return `Above that the bound decides: ${text(calls)} calls/s at ${text(most)} requests/s with 60 s.`;
  return `It bends at ${text(most)} requests/s: there 10 s and 60 s cost the same ${text(calls)} calls/s and ${text(long?.[5] ?? 0)} pulls/s, because an isolate tells the keeper its counts after 200 of them, at most once a second.`;
}
