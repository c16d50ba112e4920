import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { askAdmin } from "../../../testing/gateway/stack.ts";
import { direct, ISOLATES, type ProcessStack } from "../processes/process-stack.ts";
import { HOOKED_TTL_MS } from "../tidemark.config.ts";
import { QUERIES, type Query } from "../traffic/queries.ts";
import { readOnce } from "../traffic/readers.ts";
import type { Figures } from "./figures.ts";
import type { Truth } from "./truth.ts";

interface Settling {
  readonly stack: ProcessStack;
  readonly truth: Truth;
}

/**
 * Once all is quiet, and the bound (or the time to live, if webhooks were lost) is over, every answer through every
 * isolate equals the origin's, the database has what was committed, and the audit has reported no correct answer.
 */
export async function settle({ stack, truth }: Settling, figures: Figures): Promise<void> {
  await sleep(stack.changes === "pulled" ? 1_000 : HOOKED_TTL_MS);
  for (const query of QUERIES) {
    const expected = await direct(stack, query.target);
    const ends = ISOLATES.map((isolate) => compare(stack, query, isolate, expected));
    for (const end of await Promise.all(ends)) {
      figures.compared++;
      if (end !== null) figures.violation(`in the end, ${end}`);
    }
  }
  await compareBooks(stack, truth, figures);
  if (stack.changes === "hooked") return;
  const { json } = await askAdmin(stack.gateway.url, "stats");
  for (const finding of json.findings) figures.violation(`the audit: ${JSON.stringify(finding)}`);
}

/** What is wrong with an answer; null: nothing. */
async function compare(
  stack: ProcessStack,
  query: Query,
  isolate: string,
  expected: unknown,
): Promise<string | null> {
  const answer = await readOnce(stack, query, 1_000, isolate);
  const where = `${query.target} at ${isolate}`;
  if ("failed" in answer) return `${answer.failed}: ${where}`;
  if (isDeepStrictEqual(answer.rows, expected)) return null;
  return `not the origin's: ${where} (${answer.cacheStatus})`;
}

/** Checks that the database has what was committed; otherwise the judge would not know the truth. */
async function compareBooks(stack: ProcessStack, truth: Truth, figures: Figures): Promise<void> {
  for (const table of ["topics", "notes", "readings"]) {
    const rows = await stack.sql<
      { id: number; version: number }[]
    >`select id, version from ${stack.sql(table)}`;
    const stored = new Map(rows.map(({ id, version }) => [id, version]));
    for (const id of new Set([...truth.ids(table), ...stored.keys()])) {
      if (truth.current(table, id)?.version !== stored.get(id))
        figures.violation(`the harness' own books are wrong about ${table}/${id}`);
    }
  }
}
