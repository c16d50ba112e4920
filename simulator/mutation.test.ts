import { afterAll, describe, expect, it } from "vitest";
import type { Mutation } from "./mutation.ts";
import { DIRECTED_BY_MUTATION, MUTATIONS } from "./mutations.ts";
import { Pool } from "./pool.ts";

const pool = new Pool(2);
afterAll(() => pool.close());

/** The first violation that a mutation causes; null if it is not caught. */
async function caught({
  name,
  edits,
  directed,
  histories = 500,
  seed = 1,
  mirrored = 0,
  tiered = 0,
}: Mutation): Promise<string | null> {
  if (directed) {
    const { violations } = await pool.run({ variant: name, edits, work: { kind: "run", history: directed } });
    return violations[0] ?? null;
  }
  const work = { kind: "search", histories, seed, shrink: false, mirrored, tiered, late: 0 } as const;
  const { found } = await pool.run({ variant: name, edits, work });
  return found?.violations[0] ?? null;
}

describe("a mutation is caught:", () => {
  // All start at once, on a pool of two threads: searches first, so that no long one is left for the end.
  const ordered = MUTATIONS.toSorted((a, b) => Number(a.directed != null) - Number(b.directed != null));
  const results = new Map(ordered.map((mutation) => [mutation.name, caught(mutation)]));
  for (const result of results.values()) result.catch(() => {});
  for (const { name } of MUTATIONS) {
    it(name, { timeout: 300_000 }, async () => {
      expect(await results.get(name)).toMatch(/^[IPS]\d+\. /);
    });
  }
});

describe("a directed history holds when nothing is broken:", () => {
  for (const [name, history] of Object.entries(DIRECTED_BY_MUTATION)) {
    it(name, { timeout: 300_000 }, async () => {
      const done = await pool.run({ variant: "sources", edits: [], work: { kind: "run", history } });
      expect(done.violations).toEqual([]);
    });
  }
});
