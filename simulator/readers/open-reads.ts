import type { Position } from "../../src/keeper/protocol/position.ts";
import type { Random } from "../../testing/random.ts";
import type { Cause } from "../database/truth.ts";
import type { ReadEvent, SignedInReadEvent } from "../history/history.ts";
import type { Conditions } from "../model/conditions.ts";
import type { Isolate } from "../model/isolate.ts";
import { EPOCH } from "../platform/clock.ts";
import type { MachineScope } from "../platform/scope.ts";
import type { Client } from "./client.ts";

/** A failure can reach a stalled keeper this much later; callers that join the flight meanwhile get it, too. */
export const STALLED_MS = 50_000;

/** A read that has been answered, and when it began. */
export interface AnsweredRead {
  readonly what: string;
  readonly isolate: Isolate;
  readonly start: number;
  /** What the isolate's wall clock showed then, in epoch milliseconds. */
  readonly shown: number;
  /** Milliseconds that the clock was set forward meanwhile. */
  readonly setForward: number;
  readonly boundMs: number;
  /** What its isolate's fence was of then. */
  readonly knew: Position | null;
  /** What the reader has written, and must be shown. */
  readonly own: ReadonlySet<Cause>;
}

/** How reads of one kind are made and judged. */
interface Asking<Answer> {
  /** The read, without when and where. */
  readonly what: string;
  readonly longestMs: number;
  /** @param anchored gets the read's work in `waitUntil` */
  readonly ask: (
    order: ReturnType<Client["order"]>,
    request: MachineScope,
    anchored: Set<Promise<unknown>>,
  ) => Promise<Answer>;
  /** The token that it gives to whoever reads their own writes. */
  readonly positionOf: (answer: Answer) => Position | null;
  /** Holds the answer against its promise. @returns how the read was answered, in a word or two */
  readonly judge: (answer: Answer, read: AnsweredRead) => string;
}

/** Makes reads. Each waits for its answer until it comes or its caller disconnects, and is then judged. */
export class OpenReads {
  readonly #conditions: Conditions;
  /** What waits for an answer, by its request. */
  readonly #open = new Map<MachineScope, string>();

  constructor(conditions: Conditions) {
    this.#conditions = conditions;
  }

  /** Resolves with how the read was answered; null if it was cancelled or failed. */
  async read<Answer>(
    event: ReadEvent | SignedInReadEvent,
    isolate: Isolate,
    client: Client | undefined,
    random: Random,
    asking: Asking<Answer>,
  ): Promise<string | null> {
    const { timeline, tally, violated } = this.#conditions;
    const start = timeline.now;
    const order = client?.order(event.boundMs, start) ?? { boundMs: event.boundMs, token: null };
    const { boundMs } = order;
    const what = `${asking.what} at ${Math.round(start)} in isolate ${event.isolate}, bound ${boundMs}`;
    const own = new Set(client?.own);
    const request = isolate.request(random);
    const { machine } = request;
    const { forward, offset } = machine;
    const knew = isolate.reader.fence?.position ?? null;
    const anchored = new Set<Promise<unknown>>();
    const work = asking.ask(order, request, anchored);
    this.#open.set(request, what);
    this.#cancelInTime(event, isolate, request, anchored);
    try {
      const answer = await request.own(work);
      if (!this.#open.delete(request)) return null;
      tally.reads++;
      const took = timeline.now - start;
      // An isolate cannot keep time while it sleeps or while its clock is set.
      const isTimed = request.sleepsUntil <= start && !machine.stepped;
      if (took > asking.longestMs && isTimed) violated(`I10. ${what} took ${took} ms`);
      client?.answered(asking.positionOf(answer), start, boundMs === 0, timeline.now);
      // A read whose clock is set forward takes that for time that has passed, and no program can tell: `need` is of
      // before, the proof's age is told from after. It may be that much older, and say nothing of the reader's writes.
      const setForward = machine.forward - forward;
      if (setForward > 0) {
        client?.forget();
        own.clear();
      }
      const shown = Math.floor(EPOCH + start + offset);
      return asking.judge(answer, { what, isolate, start, shown, setForward, boundMs, knew, own });
    } catch (error) {
      this.#open.delete(request);
      violated(`I9. ${what} failed: ${error}`);
      return null;
    }
  }

  /** A read that still waits hangs. */
  end(): void {
    for (const [request, what] of this.#open)
      if (!request.ended) this.#conditions.violated(`I10. ${what} was never answered`);
  }

  #cancelInTime(
    { cancelAfter, keepsWord }: Pick<ReadEvent | SignedInReadEvent, "cancelAfter" | "keepsWord">,
    isolate: Isolate,
    request: MachineScope,
    anchored: ReadonlySet<Promise<unknown>>,
  ): void {
    const { timeline, tally } = this.#conditions;
    if (cancelAfter === null) return;
    timeline.after(cancelAfter, () => {
      if (!this.#open.delete(request)) return;
      tally.fault("cancel");
      isolate.cancel(request, anchored, keepsWord);
    });
  }
}
