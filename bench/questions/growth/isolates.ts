import { type Curve, text } from "./curve.ts";
import { siteFigures } from "./virtual-site.ts";

const RATE = 320;
const KEYS = 50;

/** Isolates at a fixed bound and load: each has to sync by itself. */
export async function isolatesCurve(
  counts: readonly number[],
  boundMs: number,
  seconds: number,
): Promise<Curve> {
  const rows: number[][] = [];
  for (const isolates of counts) {
    const {
      reads,
      hits,
      counts: used,
    } = await siteFigures({
      ...{ boundMs, isolates, seconds, rate: RATE, keys: KEYS },
    });
    const calls = (used.syncs + used.fills) / seconds;
    rows.push([isolates, calls, calls / isolates, used.pulls / seconds, (100 * hits) / reads]);
  }
  return {
    title: "Isolates",
    how: `A bound of ${boundMs / 1_000} s, ${RATE} requests/s over all isolates, ${KEYS} keys, no changes, in virtual time, ${text(seconds)} s counted.`,
    head: ["isolates", "keeper calls/s", "calls/s an isolate", "pulls/s", "% hits"],
    rows,
    bend: `At ${text(rows.at(-1)?.[0] ?? 0)} isolates each makes ${text(rows.at(-1)?.[2] ?? 0)} calls/s: two a bound. A single isolate makes ${text(rows[0]?.[2] ?? 0)}: with ${RATE} requests/s it has 200 counts to tell more often than a bound passes; such a call takes any as-of of the last 10 s, so that it seldom costs a pull (${text(rows[0]?.[3] ?? 0)} a second, against ${text(rows.at(-1)?.[3] ?? 0)}). One pull serves all isolates who accept its age. One object takes about 1,000 calls/s (docs/design/platform.md): at this bound some ${text(Math.round(1_000 / (rows.at(-1)?.[2] ?? 1)))} isolates.`,
  };
}
