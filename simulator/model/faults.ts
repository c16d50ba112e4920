import type { Random } from "../../testing/random.ts";
import type { Timeline } from "../../testing/time/timeline.ts";
import type { FaultEvent, Order } from "../history/history.ts";
import type { MirrorHost } from "../mirrors/mirror-host.ts";
import type { Conditions } from "./conditions.ts";
import type { Isolate } from "./isolate.ts";
import type { KeeperHost } from "./keeper-host.ts";
import type { Server } from "./server.ts";

/** A restart of the database takes this long. */
const RESTART_MS = 50;

/** A deployment has reached every object within this time. */
const DEPLOYED_MS = 10_000;

/** The part of a world that faults strike. */
interface Struck {
  readonly conditions: Conditions;
  readonly timeline: Timeline;
  readonly server: Server;
  readonly host: KeeperHost;
  readonly isolates: Isolate[];
  readonly mirrors: readonly MirrorHost[];
  deploys: number;
  storagesLost: number;
  isolate(number: number): Isolate;
  newIsolate(number: number): Isolate;
  restored(random: Random): void;
  orderOutside(order: Order, random: Random): Promise<void>;
}

/** Faults that are injected on purpose, besides everyday mishaps. */
export function strike(world: Struck, event: FaultEvent, random: Random): void {
  const { host, server, timeline, conditions } = world;
  const { postgres } = conditions;
  switch (event.kind) {
    case "crash":
      if (event.storageLost) world.storagesLost++;
      host.crash(event.storageLost);
      break;
    case "supersede":
      host.supersede(event.lasts);
      break;
    case "stall":
      host.stall(event.lasts);
      break;
    case "deploy":
      // Isolates of the previous configuration vanish one by one.
      host.deploy(`config-${++world.deploys}`);
      // So do mirrors.
      for (const mirror of world.mirrors) timeline.after(random.next() * DEPLOYED_MS, () => mirror.crash());
      break;
    case "vanish": {
      const number = event.isolate % world.isolates.length;
      world.isolate(number).scope.end();
      world.isolates[number] = world.newIsolate(number);
      break;
    }
    case "sleep":
      world.isolate(event.isolate).scope.sleep(timeline.now + event.lasts);
      break;
    case "step": {
      const { machine } = (event.isolate === null ? host.owner : world.isolate(event.isolate)).scope;
      machine.step(event.by);
      break;
    }
    case "prune":
      conditions.build.tidemarkPrune(postgres, event.keep, server.now());
      break;
    case "restart":
      server.goDown(RESTART_MS, false);
      postgres.restart();
      break;
    case "restore":
      server.goDown(RESTART_MS, false);
      postgres.restore(event.commitsAgo);
      world.restored(random);
      break;
    case "reload":
      server.goDown(RESTART_MS, false);
      postgres.reload();
      break;
    case "down":
      server.goDown(event.lasts, event.hangs);
      break;
    case "purge":
      world.orderOutside({ purge: event.query }, random).catch(() => {});
      break;
    case "weather":
      conditions.weather.fix(event.leg, event.takes);
      break;
  }
}
