import { Breaker } from "../../fence/breaker.ts";
import type { IsolateCalls } from "../../keeper/protocol/calls.ts";
import { logEvent } from "../../keeper/protocol/operator-event.ts";
import type { NearEnd } from "../../keeper/protocol/statistics.ts";
import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";

/**
 * A bound below this is as good as none: strict reads, what follows a purge, and what a client reads after its own write. A
 * mirror would have to ask the keeper for them.
 */
const STRICT_MS = 20;

interface KeeperDoorPorts {
  readonly clock: Clock;
  /** A fresh stub for each call: one that failed stays broken. */
  readonly keeper: () => IsolateCalls;
  /** The same of the mirror near by, with its name; null: there is none. */
  readonly mirror: () => { readonly name: string; readonly calls: IsolateCalls } | null;
  /** Counts how a call ended that the mirror of this name was to answer. */
  readonly count: (mirror: string, end: NearEnd) => void;
}

interface Question<T> {
  readonly ask: (calls: IsolateCalls, mirror: string | null) => Promise<T>;
  /** False: a mirror of another deployment has no answer for this isolate. */
  readonly isAnswer: (answer: T) => boolean;
  /** It goes straight to the keeper. */
  readonly isStrict: boolean;
  /**
   * Whether an answer that takes too long tells that whoever was asked is not well: the database may be what takes so long.
   *
   * @param isHeard whether it has answered something else meanwhile
   */
  readonly isLateFailing: (isHeard: boolean) => boolean;
}

/**
 * An isolate's way to the keeper: by the mirror near by, and if that fails, or takes half of the time there is, straight to
 * the keeper. So a mirror that fails costs a read time, and never its answer (M5).
 */
export class KeeperDoor {
  readonly #ports: KeeperDoorPorts;
  readonly #mirrorBreaker: Breaker;
  /** Of the straight way: mirrors may answer while it fails, and strict reads need not wait for it each time. */
  readonly #keeperBreaker: Breaker;

  constructor(ports: KeeperDoorPorts) {
    this.#ports = ports;
    this.#mirrorBreaker = new Breaker(ports.clock, "mirror");
    this.#mirrorBreaker.tell = logEvent;
    this.#keeperBreaker = new Breaker(ports.clock);
  }

  /** The calls, for a caller who waits this long. They reject as the keeper's own do. */
  calls(timeMs: number): IsolateCalls {
    return {
      sync: (request) =>
        this.#ask(timeMs, {
          ask: (calls, mirror) => calls.sync(mirror === null ? request : { ...request, mirror }),
          isAnswer: ({ kind }) => kind !== "refused",
          isStrict: request.boundMs < STRICT_MS,
          isLateFailing: () => true,
        }),
      fill: (request) =>
        this.#ask(timeMs, {
          ask: (calls) => calls.fill(request),
          // Whatever else the keeper refuses is the caller's own affair.
          isAnswer: (answer) => answer.kind !== "refused" || answer.reason !== "configuration",
          isStrict: request.boundMs < STRICT_MS,
          // Otherwise a slow database would send the syncs of all isolates to the keeper.
          isLateFailing: (isHeard) => !isHeard,
        }),
      audience: (request) =>
        this.#ask(timeMs, {
          ask: (calls) => calls.audience(request),
          isAnswer: ({ kind }) => kind !== "refused",
          isStrict: false,
          isLateFailing: () => false,
        }),
    };
  }

  async #ask<T>(timeMs: number, question: Question<T>): Promise<T> {
    const { keeper, mirror, count } = this.#ports;
    const { ask, isAnswer, isStrict } = question;
    const near = isStrict ? null : mirror();
    const isLeftAlone = near !== null && this.#mirrorBreaker.open;
    if (isLeftAlone) count(near.name, "leftAlone");
    if (near === null || isLeftAlone)
      return this.#timed(this.#keeperBreaker, timeMs, question, async () => ask(keeper(), null));
    try {
      const asked = async () => {
        const answer = await ask(near.calls, near.name);
        if (!isAnswer(answer)) throw new Error("the mirror is of another deployment");
        return answer;
      };
      const answer = await this.#timed(this.#mirrorBreaker, timeMs / 2, question, asked);
      count(near.name, "answered");
      return answer;
    } catch {
      count(near.name, "failed");
      return this.#timed(this.#keeperBreaker, timeMs / 2, question, async () => ask(keeper(), null));
    }
  }

  /** @throws whatever `asked` throws; an Error when it is late, or the breaker is open */
  async #timed<T>(
    breaker: Breaker,
    timeMs: number,
    { isLateFailing }: Question<T>,
    asked: () => Promise<T>,
  ): Promise<T> {
    if (breaker.open) throw new Error("it has failed several times in a row");
    const { successes } = breaker;
    let isLate = false;
    try {
      const answer = await within(this.#ports.clock, timeMs, asked(), (): never => {
        isLate = true;
        throw new Error("it is late");
      });
      breaker.succeeded();
      return answer;
    } catch (error) {
      if (!isLate || isLateFailing(breaker.successes > successes)) breaker.failed();
      throw error;
    }
  }
}
