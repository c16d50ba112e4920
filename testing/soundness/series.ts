import type { FeedKind } from "../in-process/feeds.ts";
import type { Database } from "./database.ts";
import { FIXTURE_KINDS } from "./fixtures/kinds.ts";
import type { Report } from "./report.ts";
import { Trial, type TrialId } from "./trial.ts";

const FEEDS: readonly FeedKind[] = ["pulled", "hooked"];

/** The trial of a number: all kinds of fixtures in turn, by each of the feeds, by readers of either kind. */
export function trialId(firstSeed: number, number: number): TrialId {
  const kinds = FIXTURE_KINDS.length;
  return {
    seed: firstSeed + number,
    kind: FIXTURE_KINDS[number % kinds] ?? "plain",
    feed: FEEDS[Math.floor(number / kinds) % FEEDS.length] ?? "pulled",
    obeys: Math.floor(number / kinds / FEEDS.length) % 2 === 0,
  };
}

/** Runs one trial to its end, and adds up how it went. */
export async function runTrial(
  database: Database,
  id: TrialId,
  report: Report,
  { steps, queries }: { readonly steps: number; readonly queries: number },
): Promise<void> {
  const trial = new Trial(database, id, queries);
  await trial.start();
  for (let step = 0; step < steps; step += 1) for (const outcome of await trial.step()) report.add(outcome);
  for (const { query, kept } of trial.kept) report.keep(id.kind, query, kept);
}
