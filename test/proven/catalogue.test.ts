import { expect, test } from "vitest";
import { keptTable, staleLines } from "../../testing/catalogue/report.ts";
import { judge } from "../../testing/catalogue/trial.ts";

// SHARE=… for others. All of them: `node bench/run.ts catalogue`.
const SHARES = 20;
const share = Number(process.env.SHARE ?? 5) % SHARES;

test(`I7. whatever built-in object a view or a policy refers to, no answer outlives a change underneath (share ${share})`, async () => {
  const findings = await judge(({ kind }, number) => kind === "syntax" || number % SHARES === share, {
    isLong: false,
  });
  console.info(keptTable(findings));
  expect(staleLines(findings.stale)).toEqual([]);
  expect(findings.kept.length).toBeGreaterThan(100);
  expect(findings.uncalled.length).toBeLessThan(40);
}, 600_000);
