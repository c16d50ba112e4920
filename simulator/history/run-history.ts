import type { Build } from "../build.ts";
import { examine } from "../model/examination.ts";
import { World } from "../model/world.ts";
import type { History } from "./history.ts";
import type { Tally } from "./tally.ts";

/** Times for everything to settle; the last also covers an isolate that slept for an hour. */
const RESTS_MS = [20_000, 20_000, 20_000, 60_000, 7_200_000];

/** Runs a history in virtual time, and reports what broke. */
export async function runHistory(history: History, build: Build, tally: Tally): Promise<readonly string[]> {
  const { settings } = history;
  const world = new World(build, settings, tally);
  tally.histories++;
  const events = history.events.toSorted((a, b) => a.at - b.at);
  for (const event of events) {
    // The first violation is the most useful; its consequences only cost time.
    if (world.violations.length > 0) break;
    await world.timeline.run(Math.max(world.timeline.now, event.at * settings.pace));
    world.happen(event);
    await world.timeline.run(world.timeline.now);
    world.audit();
  }
  for (const rest of RESTS_MS) {
    if (world.violations.length > 0) break;
    await world.timeline.run(world.timeline.now + rest);
    world.audit();
  }
  if (world.violations.length === 0) world.readers.end();
  if (world.violations.length === 0) world.signedInReaders.end();
  if (world.violations.length === 0) await examine(world);
  world.end();
  // Callers of an ended instance are rejected before its storage is closed.
  await world.timeline.run(world.timeline.now);
  world.close();
  return world.violations;
}
