import { DIRECTED_SIGNED_IN } from "./directed-signed-in.ts";
import type { Event, History, MirrorFaultEvent, Order } from "./history/history.ts";
import { CALM, fault, ITEM_1, ITEMS_OF_2, item, NOTES, read, write } from "./script.ts";

const MIRRORS = { count: 1, refillsPerMinute: 0, memoryBytes: 1_000_000 };

/** One mirror for three isolates. */
const mirrored = (...events: readonly Event[]): History => ({
  settings: { ...CALM, isolates: 3, mirrors: MIRRORS },
  events,
});

/** What befalls the mirror. */
const befalls = (at: number, event: MirrorFaultEvent): Event => ({ at, seed: 1, ...event });

const order = (at: number, what: Order): Event => ({ at, seed: 1, kind: "order", isolate: 0, order: what });

const slow = (at: number, takes: number | null): Event =>
  fault(at, { kind: "weather", leg: "from-keeper", takes });

/** A history of those who sign in, in which both isolates ask the mirror. */
function signedIn(name: string): History {
  const { settings, events } = DIRECTED_SIGNED_IN[name] as History;
  return { settings: { ...settings, mirrors: MIRRORS }, events };
}

/** A history for each mutation of mirrors that random ones would rarely find. */
export const DIRECTED_MIRRORS: Readonly<Record<string, History>> = {
  // The first sync leaves the keeper before the mode is set, and comes after the second.
  "M1. the mode that arrives last at a mirror": mirrored(
    read(0, NOTES, 60_000, 1),
    slow(1_000, 800),
    read(1_000, ITEM_1, 500, 1),
    slow(1_100, null),
    order(1_100, { mode: "off" }),
    read(1_300, ITEM_1, 100, 0),
    read(2_000, ITEM_1, 60_000, 2),
  ),

  // It says that no time has passed since 0.
  "M1. a mirror that learns nothing from its clock that is set back": mirrored(
    read(0, ITEM_1, 10_000, 0),
    read(100, ITEM_1, 10_000, 1),
    write(5_000, 0, item(1)),
    befalls(9_000, { kind: "mirror-step", mirror: 0, by: -50_000 }),
    read(10_000, ITEM_1, 1_000, 1),
  ),

  // While isolate 1 waits for what the keeper knows as of 9,600, the clock jumps, and another's sync ends.
  "M1. a mirror counts the time that its caller has waited": mirrored(
    read(0, ITEM_1, 10_000, 0),
    read(100, ITEM_1, 10_000, 1),
    read(9_600, NOTES, 0, 0),
    write(9_700, 0, item(1)),
    slow(9_900, 800),
    read(10_000, ITEM_1, 1_000, 1),
    slow(10_250, null),
    befalls(10_200, { kind: "mirror-step", mirror: 0, by: 70_000 }),
    read(10_300, NOTES, 60_000, 2),
  ),

  // The next incarnation counts from the start.
  "M1. positions of two generations compared at a mirror": mirrored(
    ...[1, 2, 3, 4].flatMap((second) => [
      read(second * 1_000, ITEM_1, 100, 0),
      write(second * 1_000 + 500, 0, item(1)),
    ]),
    read(5_000, ITEM_1, 100, 0),
    write(5_100, 0, item(1)),
    fault(5_200, { kind: "crash", storageLost: true }),
    read(6_000, ITEM_1, 500, 1),
  ),

  // A change comes while the mirror is being told.
  "M2. a mirror's as-of = the arrival of what it is told": mirrored(
    read(100, ITEM_1, 10_000, 1),
    slow(900, 900),
    read(1_000, NOTES, 300, 0),
    slow(1_100, null),
    write(1_200, 0, item(1)),
    read(1_990, ITEM_1, 500, 1),
  ),

  // The keeper's body is as old as the asker's fence allows. A younger reader comes just after.
  "M3. told without an age, a body begins when it was asked for": mirrored(
    read(0, ITEM_1, 60_000, 0),
    write(10_000, 0, item(1)),
    befalls(15_000, { kind: "mirror-crash", mirror: 0 }),
    read(20_000, ITEM_1, 60_000, 1),
    read(20_400, ITEM_1, 1_000, 2),
  ),

  // The first isolate has a newer body from the keeper itself. A change of a neighbour makes it ask whether that still counts.
  "M3. still good re-stamps whatever the mirror remembers": mirrored(
    read(0, ITEM_1, 10_000, 0),
    read(100, ITEMS_OF_2, 10_000, 0),
    write(1_000, 0, item(1)),
    befalls(1_400, { kind: "mirror-cut", mirror: 0, from: "isolates", lasts: 5_900 }),
    read(1_500, ITEM_1, 0, 0),
    write(7_500, 0, item(3, 2)),
    read(9_000, ITEM_1, 1_000, 0),
    read(9_200, ITEM_1, 60_000, 1),
  ),

  "S8. a mirror gives away what another's token fetched": signedIn("a body shared before the next pull"),

  "S8. a mirror clears what another's token fetched before the next pull": signedIn(
    "a body shared before the next pull",
  ),

  "S8. at a mirror everybody waits for what another's token fetches": signedIn(
    "a flight's follower gets what another's token fetched",
  ),
};
