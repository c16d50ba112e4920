import { KEYS_RAISED_ONE_BY_ONE } from "../../../src/keeper/changes/ingest.ts";
import { quantile } from "../../harness/quantile.ts";
import { bareKeeper, fill, register } from "./bare-keeper.ts";
import { type Curve, text } from "./curve.ts";
import { Items } from "./items.ts";

const QUERIES = 10_000;
const ROUNDS = 9;

/** With a bound of 1 s isolates sync, and so the keeper pulls, twice a second. */
const PULLS_PER_SECOND = 2;

/** A keeper that works half of the time still answers the other half. */
const BUSY = 0.5;

/** Changes a second, in the pulls that a bound of one second causes. */
export async function changesCurve(rates: readonly number[]): Promise<Curve> {
  const items = new Items();
  const keeper = bareKeeper((read) => items.answer(read));
  await register(keeper, 0, QUERIES);
  const rows: number[][] = [];
  let turn = 0;
  for (const rate of rates) {
    const size = Math.max(1, Math.round(rate / PULLS_PER_SECOND));
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const ids = Array.from({ length: size }, () => 1 + ((++turn * 7_919) % (QUERIES / 2 - 1)));
      const changes = ids.map((id) => items.change(id));
      // Refill what it touched.
      await fill(keeper, [...new Set(ids.flatMap((id) => [2 * id, 2 * id + 1, 2 * id - 1]))]);
      const start = performance.now();
      await keeper.ingest(changes);
      times.push(performance.now() - start);
    }
    const median = quantile(times.slice(3), 0.5);
    const pulls = Math.min(rate, PULLS_PER_SECOND);
    rows.push([rate, size, (median * 1_000) / size, median, (100 * median * pulls) / 1_000]);
  }
  const [rate = 0, , each = 0, , share = 0] = rows.at(-1) ?? [];
  const busy = share / 100;
  return {
    title: "Changes a second",
    how: `Batches as ${PULLS_PER_SECOND} pulls a second bring them, ingested by a keeper with ${text(QUERIES)} registered queries, each change in one turn and one transaction. The time of the pull itself is the database's: bench/questions/capture.`,
    head: [
      "changes/s",
      "changes a pull",
      "µs a change, median",
      "ms a pull blocks the keeper",
      "% of its time",
    ],
    rows,
    bend: `A change alone pays for its transaction; in larger batches for its verdict and its marks, and from ${KEYS_RAISED_ONE_BY_ONE + 1} keys touched in one ingest on their tables' names are raised instead: fewer rows, more neighbours refused. At ${text(rate)} changes/s the keeper is busy ${text(share)} % of the time (${text(each)} µs a change)${busy < BUSY ? `; at this price it would be busy half of the time with about ${text(Math.round((BUSY / busy) * rate))} a second` : ""}.`,
  };
}
