import { afterAll, expect, it } from "vitest";
import { Pool } from "./pool.ts";
import { REGRESSIONS } from "./regressions.ts";

const pool = new Pool(1);
afterAll(() => pool.close());

for (const { name, isOpen, history } of REGRESSIONS) {
  (isOpen ? it.fails : it)(name, async () => {
    const done = await pool.run({ variant: "sources", edits: [], work: { kind: "run", history } });
    expect(done.violations).toEqual([]);
  });
}
