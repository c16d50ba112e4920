// For tests: a keeper in this process, as docs/design/protocol.md describes it, as far as the library needs one.

import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import { SingleFlight } from "../../runtime/single-flight.ts";
import type { Name } from "../entry/names.ts";
import type { Fence, Position } from "../invalidation/fence.ts";
import type { Asker } from "../invalidation/invalidation-source.ts";

const SYNC_DEADLINE_MS = 1_000;

/** Marks, and when each name was last invalidated. Every call takes time in both directions. */
export class KeeperDouble {
  generation = "g1";
  syncs = 0;
  down = false;
  #mark = 0;
  #last = new Map<Name, number>();
  readonly #clock: Clock;
  readonly #hop: () => number;

  constructor(clock: Clock, hop: () => number = () => 0) {
    this.#clock = clock;
    this.#hop = hop;
  }

  async sync(): Promise<{ readonly position: Position; readonly last: ReadonlyMap<Name, number> }> {
    this.syncs++;
    await this.#travel();
    const answer = {
      position: { generation: this.generation, mark: this.#mark },
      last: new Map(this.#last),
    };
    await this.#travel();
    return answer;
  }

  async invalidate(names: readonly Name[]): Promise<Position> {
    await this.#travel();
    this.#mark++;
    for (const name of names) this.#last.set(name, this.#mark);
    const position = { generation: this.generation, mark: this.#mark };
    await this.#travel();
    return position;
  }

  /** Loses its storage, and starts a new generation that knows nothing. */
  loseStorage(): void {
    this.generation = `${this.generation}'`;
    this.#mark = 0;
    this.#last = new Map();
  }

  async #travel(): Promise<void> {
    const milliseconds = this.#hop();
    if (milliseconds > 0) await this.#clock.sleep(milliseconds);
    if (this.down) throw new Error("the keeper is down");
  }
}

/** One isolate's fence over it: the same rules as the gateway's, with a mark for each name instead of buckets. */
export class FenceDouble implements Fence {
  readonly clock: Clock;
  readonly #keeper: KeeperDouble;
  readonly #flights: SingleFlight;
  #position: Position | undefined;
  #last = new Map<Name, number>();
  #asOf = Number.NEGATIVE_INFINITY;

  constructor(keeper: KeeperDouble, clock: Clock) {
    this.#keeper = keeper;
    this.clock = clock;
    this.#flights = new SingleFlight(clock, SYNC_DEADLINE_MS);
  }

  get asOf(): number {
    return this.#asOf;
  }

  position(): Position | undefined {
    return this.#position;
  }

  accepts(names: readonly Name[], position: Position): boolean {
    if (position.generation !== this.#position?.generation) return false;
    return names.every((name) => (this.#last.get(name) ?? 0) <= position.mark);
  }

  async sync(need: number, asker: Asker): Promise<boolean> {
    const deadline = this.clock.now() + SYNC_DEADLINE_MS;
    while (this.#asOf < need) {
      const left = deadline - this.clock.now();
      if (left <= 0) return false;
      const flight = this.#flights.lead("sync");
      if (flight === undefined) {
        await this.#flights.join("sync", left);
        continue;
      }
      const work = this.#ask().finally(() => flight.land());
      asker.anchor(work);
      const reached = await within(this.clock, left, work, () => false).catch(() => false);
      if (!reached) return false;
    }
    return true;
  }

  async invalidate(names: readonly Name[]): Promise<Position> {
    const position = await this.#keeper.invalidate(names);
    // Never lowers a mark, and never mixes generations: another answer may have overtaken this one.
    if (this.#position?.generation === position.generation) {
      this.#raise(position, new Map(names.map((name) => [name, position.mark])));
    }
    return position;
  }

  async #ask(): Promise<boolean> {
    const startedAt = this.clock.now();
    const { position, last } = await this.#keeper.sync();
    if (this.#position?.generation === position.generation) {
      this.#raise(position, last);
      this.#asOf = Math.max(this.#asOf, startedAt);
    } else if (startedAt > this.#asOf) {
      this.#position = position;
      this.#last = new Map(last);
      this.#asOf = startedAt;
    }
    return true;
  }

  #raise({ generation, mark }: Position, last: ReadonlyMap<Name, number>): void {
    this.#position = { generation, mark: Math.max(this.#position?.mark ?? 0, mark) };
    for (const [name, at] of last) this.#last.set(name, Math.max(this.#last.get(name) ?? 0, at));
  }
}
