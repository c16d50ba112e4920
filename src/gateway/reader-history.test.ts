import { AsyncLocalStorage } from "node:async_hooks";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { runHistory } from "./testing/history.ts";
import type { Scope } from "./testing/scope.ts";

const HISTORIES = Number(process.env.HISTORIES ?? 1_000);
const FIRST_SEED = Number(process.env.SEED ?? 1);

const platform = {
  database: () => new DatabaseSync(":memory:"),
  ambient: new AsyncLocalStorage<Scope>(),
};

it(`1, 2, 3, 6, 9, 10. hold in ${HISTORIES} random histories`, { timeout: 3_600_000 }, async () => {
  const kinds: Record<string, number> = {};
  const failures: string[] = [];
  let reads = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES && failures.length < 3; seed++) {
    const outcome = await runHistory(seed, platform);
    reads += outcome.reads;
    for (const [kind, count] of Object.entries(outcome.kinds)) kinds[kind] = (kinds[kind] ?? 0) + count;
    if (outcome.violations.length > 0) {
      failures.push(`SEED=${seed} HISTORIES=1: ${outcome.violations.slice(0, 3).join("\n  ")}`);
    }
  }
  if (process.env.VERBOSE) console.log(reads, kinds);
  expect(failures.join("\n")).toBe("");
  if (HISTORIES < 1_000) return;
  // The histories must go everywhere: each kind of answer is met with.
  const met = Object.keys(kinds).join(" ");
  for (const detail of ["memory", "kv", "keeper", "revalidating"]) expect(met).toContain(`"${detail}"`);
  for (const reason of ["keeper-failed", "breaker-open"]) expect(met).toContain(reason);
  expect(met).toContain('"collapsed":true');
});
