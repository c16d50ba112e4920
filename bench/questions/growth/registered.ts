import { DatabaseSync } from "node:sqlite";
import type { CacheableRead } from "../../../src/keeper/protocol/entry.ts";
import { quantile } from "../../harness/quantile.ts";
import { bareKeeper, register } from "./bare-keeper.ts";
import { type Curve, growthOf, text } from "./curve.ts";
import { Items } from "./items.ts";

/** Each of another item: a key that was not read since its last change is not touched again. */
const CHANGES = 450;
const UNMEASURED = 100;

/** Registered queries, and with them keys: what a change and a wake-up cost the keeper. */
export async function registeredCurve(counts: readonly number[]): Promise<Curve> {
  const database = new DatabaseSync(":memory:");
  const items = new Items();
  const answer = (read: CacheableRead) => items.answer(read);
  const keeper = bareKeeper(answer, database);
  const rows: number[][] = [];
  let registered = 0;
  for (const count of counts) {
    const begun = performance.now();
    await register(keeper, registered, count);
    const registering = ((performance.now() - begun) * 1_000) / (count - registered);
    registered = count;
    const times: number[] = [];
    let affected = 0;
    for (let turn = 0; turn < CHANGES; turn++) {
      const change = items.change(1 + Math.floor((turn * (count / 2 - 1)) / CHANGES));
      const start = performance.now();
      const answer = await keeper.ingest([change]);
      times.push((performance.now() - start) * 1_000);
      affected += answer.affected;
    }
    const waking = performance.now();
    bareKeeper(answer, database);
    const awake = performance.now() - waking;
    const counted = times.slice(UNMEASURED);
    rows.push([
      count,
      affected / CHANGES,
      quantile(counted, 0.5),
      quantile(counted, 0.99),
      registering,
      awake,
    ]);
  }
  const slower = growthOf(rows, 2);
  return {
    title: "Registered queries",
    how: `${CHANGES} changes of one row each, told one by one: verdicts, marks and their rows in SQLite (in memory) included. Then a new keeper wakes up on the same storage.`,
    head: [
      "registered",
      "affected by a change",
      "µs a change, median",
      "p99",
      "µs to register one",
      "ms to wake up",
    ],
    rows,
    bend: `${text(growthOf(rows, 0))} times the queries make a change ${text(slower)} times as slow: queries are found by the hash of their equalities, so a change costs what it affects, and the rest is caches of the processor that no longer hold the index. Waking up takes ${text(growthOf(rows, 5))} times as long: what is stored of each query is read back once.`,
  };
}
