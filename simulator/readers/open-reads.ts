import type { ReadEvent, SignedInReadEvent } from "../history/history.ts";
import type { Conditions } from "../model/conditions.ts";
import type { Isolate } from "../model/isolate.ts";
import type { MachineScope } from "../platform/scope.ts";

/** Reads that wait for an answer, until it comes or their caller disconnects. */
export class OpenReads {
  readonly #conditions: Conditions;
  /** Whether the caller of a read, by what it is, will have disconnected. */
  readonly #open = new Map<string, () => boolean>();

  constructor(conditions: Conditions) {
    this.#conditions = conditions;
  }

  /** @param anchored the read's work in `waitUntil` */
  begin(
    what: string,
    { cancelAfter, keepsWord }: Pick<ReadEvent | SignedInReadEvent, "cancelAfter" | "keepsWord">,
    isolate: Isolate,
    request: MachineScope,
    anchored: ReadonlySet<Promise<unknown>>,
  ): void {
    const { timeline, tally } = this.#conditions;
    this.#open.set(what, () => request.ended);
    if (cancelAfter === null) return;
    timeline.after(cancelAfter, () => {
      if (!this.#open.delete(what)) return;
      tally.fault("cancel");
      isolate.cancel(request, anchored, keepsWord);
    });
  }

  /** The answer has come. False: the caller has disconnected. */
  close(what: string): boolean {
    return this.#open.delete(what);
  }

  /** A read that still waits hangs. */
  end(): void {
    for (const [what, isGone] of this.#open)
      if (!isGone()) this.#conditions.violated(`I10. ${what} was never answered`);
  }
}
