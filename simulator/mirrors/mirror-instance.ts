import type { IsolateCalls } from "../../src/keeper/protocol/calls.ts";
import type { Mirror } from "../../src/mirror/mirror.ts";
import type { MirrorSettings } from "../../src/mirror/ports.ts";
import type { Random } from "../../testing/random.ts";
import { ambient } from "../../testing/time/scope.ts";
import type { Timeline } from "../../testing/time/timeline.ts";
import type { Build } from "../build.ts";
import { systemClock } from "../platform/clock.ts";
import { type Machine, MachineScope } from "../platform/scope.ts";

interface MirrorInstanceParts {
  readonly build: Build;
  readonly timeline: Timeline;
  readonly machine: Machine;
  readonly random: Random;
  readonly settings: MirrorSettings;
  readonly keeper: IsolateCalls;
}

/** One instance of a mirror's Durable Object, of the real class. It has nothing but its memory. */
export class MirrorInstance {
  readonly scope: MachineScope;
  readonly #mirror: Mirror;

  constructor({ build, timeline, machine, random, settings, keeper }: MirrorInstanceParts) {
    this.scope = new MachineScope(timeline, machine, random);
    this.#mirror = ambient.run(
      this.scope,
      () => new build.Mirror({ clock: systemClock, keeper: () => keeper }, settings),
    );
  }

  /** Runs a call in the instance; rejects if that ends meanwhile. */
  call<T>(random: Random, work: (mirror: Mirror) => Promise<T>): Promise<T> {
    const answer = ambient.run(this.scope.within(random), async () => work(this.#mirror));
    return Promise.race([answer, this.scope.ending]);
  }
}
