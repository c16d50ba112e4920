import type { ResolvedConfig } from "../../../src/gateway/config/config.ts";
import { keeperSettings, schemaQuestionOf } from "../../../src/gateway/config/keeper-settings.ts";
import type { Position } from "../../../src/keeper/protocol/position.ts";
import { Mirror } from "../../../src/mirror/mirror.ts";
import type { Timeline } from "../../../testing/time/timeline.ts";
import { type Counts, noCounts } from "../workload/counts.ts";
import type { Backend } from "../workload/deployment/backend.ts";
import { Colos } from "../workload/deployment/colo.ts";
import { Isolate } from "../workload/deployment/isolate.ts";
import { startKeeper } from "../workload/deployment/keeper.ts";
import { type Line, mirrorSettingsOf } from "../workload/deployment/mirrors.ts";
import { keeperMsOf, type Network } from "../workload/network.ts";
import { BusyObject } from "./busy-object.ts";

interface WorldParts {
  readonly timeline: Timeline;
  /** Its places are the regions. */
  readonly network: Network;
  readonly config: ResolvedConfig;
  readonly backend: Backend;
  readonly isolates: number;
  /** 0: isolates ask the keeper. */
  readonly mirrorsPerRegion: number;
  /** Whether a region's mirrors ask another mirror, the hub, which asks the keeper for them all. */
  readonly hasHubs: boolean;
  /** Isolates that share a data centre's cache. 0: there is none. */
  readonly perColo: number;
}

/** A mirror or a hub. */
interface Placed {
  readonly mirror: Mirror;
  readonly thread: BusyObject;
  /** From anywhere in its region. */
  readonly line: Line;
}

/**
 * Isolates in several regions: the real Isolate, Mirror and Keeper, connected by lines that take time, and each object on a
 * thread of its own. Without HTTP, and without KV.
 */
export class World {
  readonly counts: Counts = noCounts();
  /** Of mirrors by isolates, and of hubs by mirrors. */
  mirrorSyncs = 0;
  readonly keeper: BusyObject;
  readonly mirrors: BusyObject[] = [];
  readonly hubs: BusyObject[] = [];
  readonly isolates: Isolate[] = [];
  readonly #parts: WorldParts;
  readonly #colos: Colos;
  readonly #nudges = new Map<string, (position: Position) => void>();

  private constructor(parts: WorldParts) {
    this.#parts = parts;
    this.keeper = new BusyObject(parts.timeline);
    this.#colos = new Colos(parts.timeline);
  }

  static async start(parts: WorldParts): Promise<World> {
    const { timeline, network, config, backend } = parts;
    const world = new World(parts);
    const { keeper } = await startKeeper({
      ...{ timeline, network, backend, counts: world.counts, changes: "pulled" },
      settings: keeperSettings(config),
      question: schemaQuestionOf(config),
      nudge: (name, position) => world.#nudge(name, position),
      put: async () => {},
    });
    for (const region of network.places.keys()) world.#settle(region, keeper);
    return world;
  }

  /** From now on calls take their objects' time, and count. */
  begin(callMs: number): void {
    Object.assign(this.counts, noCounts());
    this.mirrorSyncs = 0;
    for (const thread of [this.keeper, ...this.mirrors, ...this.hubs]) thread.begin(callMs);
  }

  #settle(region: number, keeper: Line): void {
    const { timeline, network, config, isolates, mirrorsPerRegion, hasHubs, perColo } = this.#parts;
    const far = this.#lineTo(keeper, this.keeper, keeperMsOf(network, region), (kind) => this.counts[kind]++);
    const hub = hasHubs ? this.#placed(`${region}`, far) : null;
    const up = hub === null ? far : renamed(hub.line, `${region}`);
    const mirrors = Array.from({ length: mirrorsPerRegion }, (_, n) => this.#placed(`${region}-${n}`, up));
    if (hub !== null) {
      this.hubs.push(hub.thread);
      this.#nudges.set(`${region}`, (position) => {
        void hub.mirror.nudge(position);
        for (const { mirror } of mirrors)
          timeline.after(network.mirrorMs / 2, () => void mirror.nudge(position));
      });
    }
    this.mirrors.push(...mirrors.map(({ thread }) => thread));
    for (let isolate = region; isolate < isolates; isolate += network.places.length) {
      const number = Math.floor(isolate / network.places.length) % Math.max(1, mirrorsPerRegion);
      const near = mirrors[number];
      const colo =
        perColo === 0
          ? undefined
          : this.#colos.portOf(
              region + network.places.length * Math.floor(isolate / network.places.length / perColo),
            );
      const line = near ? orElse(renamed(near.line, `${region}-${number}`), far) : far;
      this.isolates.push(
        new Isolate({
          ...{ timeline, config, lookup: async () => null, colo },
          keeper: () => line,
          isNear: () => near !== undefined,
        }),
      );
    }
  }

  #placed(name: string, up: Line): Placed {
    const { timeline, network, config } = this.#parts;
    const thread = new BusyObject(timeline);
    const mirror = new Mirror({ clock: timeline.clock(), keeper: () => up }, mirrorSettingsOf(config));
    this.#nudges.set(name, (position) => void mirror.nudge(position));
    const line = this.#lineTo(mirror, thread, network.mirrorMs, (kind) => {
      if (kind === "syncs") this.mirrorSyncs++;
    });
    return { mirror, thread, line };
  }

  async #nudge(name: string, position: Position): Promise<void> {
    const { timeline, network } = this.#parts;
    this.counts.nudges++;
    const half = keeperMsOf(network, Number(name.split("-")[0])) / 2;
    await timeline.sleep(half);
    this.#nudges.get(name)?.(position);
    await timeline.sleep(half);
  }

  /** There, a turn of the object's thread, and back. */
  #lineTo(
    calls: Line,
    thread: BusyObject,
    distanceMs: number,
    count: (kind: "syncs" | "fills" | "audiences") => void,
  ): Line {
    const { timeline } = this.#parts;
    const way = async <T>(work: () => Promise<T>): Promise<T> => {
      await timeline.sleep(distanceMs / 2);
      await thread.turn();
      const answer = await work();
      await timeline.sleep(distanceMs / 2);
      return answer;
    };
    const counted = <T>(kind: "syncs" | "fills" | "audiences", work: () => Promise<T>): Promise<T> => {
      count(kind);
      return way(work);
    };
    return {
      sync: (request) => counted("syncs", () => calls.sync(request)),
      fill: (request) => counted("fills", () => calls.fill(request)),
      audience: (request) => counted("audiences", () => calls.audience(request)),
    };
  }
}

/** A line whose object learns from its callers what it is called. */
function renamed(line: Line, mirror: string): Line {
  return { ...line, sync: (request) => line.sync({ ...request, mirror }) };
}

/** Whoever gets no answer from a mirror asks the keeper. */
function orElse(near: Line, far: Line): Line {
  return {
    sync: (request) => near.sync(request).catch(() => far.sync(request)),
    fill: (request) => near.fill(request).catch(() => far.fill(request)),
    audience: (request) => near.audience(request).catch(() => far.audience(request)),
  };
}
