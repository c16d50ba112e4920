import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import { readOf } from "../../keeper/testing/fixtures.ts";
import type { BoundedRead } from "../reader/bounded-read.ts";
import type { Isolate } from "./isolate.ts";
import { type Answer, World, type WorldOptions } from "./world.ts";

export const R0 = "public.r0";
export const R1 = "public.r1";
export const A = readOf("a", R0);

/** A world, and what tests do in it most. */
export class Bench {
  readonly world: World;

  constructor(options: Partial<WorldOptions> = {}) {
    this.world = new World({ reads: [A], ...options });
  }

  get weather(): World["weather"] {
    return this.world.weather;
  }

  isolate(number = 0): Isolate {
    const isolate = this.world.isolates[number];
    if (!isolate) throw new Error(`there is no isolate ${number}`);
    return isolate;
  }

  /** Lets time pass, in whole milliseconds, until this is done. */
  async until<T>(work: Promise<T>, atMost = 30_000): Promise<T> {
    let done = false;
    const finish = () => {
      done = true;
    };
    work.then(finish, finish);
    for (let passed = 0; !done && passed < atMost; passed += 1) await this.pass(1);
    if (!done) throw new Error(`nothing came of it in ${atMost} ms`);
    return work;
  }

  read(order: Partial<BoundedRead> = {}, number = 0, read: CacheableRead = A): Promise<Answer> {
    return this.until(this.world.read(this.isolate(number), read, order));
  }

  change(relation = R0): Promise<void> {
    return this.until(this.world.change(relation));
  }

  pass(milliseconds: number): Promise<void> {
    const { timeline } = this.world;
    return timeline.run(timeline.now + milliseconds);
  }
}

/** How a read was answered, in a word or two. */
export function how({ result }: Answer): string {
  switch (result.kind) {
    case "held":
    case "relay": {
      const { outcome } = result;
      if (outcome.kind === "hit") return outcome.detail;
      return outcome.kind === "miss" && outcome.collapsed ? "collapsed" : outcome.kind;
    }
    default:
      return `${result.kind}: ${result.reason}`;
  }
}
