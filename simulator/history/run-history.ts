import type { Build } from "../build.ts";
import { examine } from "../model/examination.ts";
import { World } from "../model/world.ts";
import type { History } from "./history.ts";
import type { Tally } from "./tally.ts";

/** Time for everything to come to rest; the last one also for an isolate that slept an hour. */
const RESTS_MS = [20_000, 20_000, 20_000, 60_000, 7_200_000];

/** Runs a history in virtual time, and tells what broke. */
export async function runHistory(history: History, build: Build, tally: Tally): Promise<readonly string[]> {
  const { settings } = history;
  const world = new World(build, settings, tally);
  tally.histories++;
  const events = history.events.toSorted((a, b) => a.at - b.at);
  for (const event of events) {
    // The first violation says most; what follows from it costs time.
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
  if (world.violations.length === 0) await examine(world);
  world.end();
  // Callers that wait for an ended instance hear of it before its storage is closed.
  await world.timeline.run(world.timeline.now);
  world.close();
  return world.violations;
}
