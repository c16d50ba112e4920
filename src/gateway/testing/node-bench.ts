import { AsyncLocalStorage } from "node:async_hooks";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect } from "vitest";
import { Bench } from "./bench.ts";
import type { Scope } from "./scope.ts";
import type { WorldOptions } from "./world.ts";

const platform = {
  database: () => new DatabaseSync(":memory:"),
  ambient: new AsyncLocalStorage<Scope>(),
};

/** The bench of the test that runs. */
export let bench: Bench;

export function start(options: Partial<WorldOptions> = {}): Bench {
  bench = new Bench(platform, options);
  return bench;
}

/** After each test of a file: nothing in memory or KV is accepted that is not true. */
export function auditAfterEach(): void {
  afterEach(() => {
    bench.world.audit();
    expect(bench.world.violations).toEqual([]);
  });
}
