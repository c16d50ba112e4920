import type { Random } from "../../testing/random.ts";
import { ambient, Scope } from "../../testing/time/scope.ts";
import type { Timeline } from "../../testing/time/timeline.ts";

/** A machine's own clock: it differs from all others, and is sometimes adjusted. */
export class Machine {
  /** Milliseconds that it is ahead of true time. */
  offset: number;
  /** It was set back: its earlier readings cannot be translated into true time. */
  stepped = false;
  /** It was set back and had caught up again before anything read it: no program can notice. */
  misled = false;
  /** Milliseconds that it was set forward, in all. */
  forward = 0;
  #isUnseen = false;
  #shown = Number.NEGATIVE_INFINITY;

  constructor(offset: number) {
    this.offset = offset;
  }

  step(by: number): void {
    this.offset += by;
    if (by > 0) {
      this.forward += by;
      return;
    }
    this.stepped = true;
    this.#isUnseen = true;
  }

  /** In whole milliseconds. */
  show(trueTime: number): number {
    const shown = Math.floor(trueTime + this.offset);
    if (this.#isUnseen && shown >= this.#shown) this.misled = true;
    this.#isUnseen = false;
    this.#shown = shown;
    return shown;
  }
}

/** A scope of the simulator: its machine and its random numbers. */
export class MachineScope extends Scope {
  readonly machine: Machine;
  /** Random numbers of this scope only, so that removing one event does not change the others. */
  readonly random: Random;

  constructor(within: Timeline | MachineScope, machine: Machine, random: Random) {
    super(within);
    this.machine = machine;
    this.random = random;
  }

  /** A part of this scope, with random numbers of its own or of the scope it works for. */
  within(random: Random): MachineScope {
    return new MachineScope(this, this.machine, random);
  }
}

/** @throws Error in code that runs outside of any machine */
export function here(): MachineScope {
  const scope = ambient.getStore();
  if (!(scope instanceof MachineScope)) throw new Error("this code belongs to no machine");
  return scope;
}
