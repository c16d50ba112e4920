import { afterEach, expect } from "vitest";
import { Bench } from "./bench.ts";
import type { WorldOptions } from "./world.ts";

/** The bench of the test that runs. */
export let bench: Bench;

export function start(options: Partial<WorldOptions> = {}): Bench {
  bench = new Bench(options);
  return bench;
}

/** After each test of a file: nothing in memory or KV is accepted that is not true. */
export function auditAfterEach(): void {
  afterEach(() => {
    bench.world.audit();
    expect(bench.world.violations).toEqual([]);
  });
}
