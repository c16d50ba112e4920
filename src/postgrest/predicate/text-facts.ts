import { isAscii } from "./like.ts";
import type { Meter } from "./meter.ts";

/** A text and its lower case, which is worked out once and charged to no single verdict. */
export class TextFacts {
  readonly text: string;
  readonly #meter: Meter;
  #lower: string | null | undefined;

  constructor(text: string, meter: Meter) {
    this.text = text;
    this.#meter = meter;
  }

  /** In lower case. Undefined unless all of it is ASCII, as the locale decides about other letters. */
  get lower(): string | undefined {
    if (this.#lower === undefined) {
      const isKnown = this.#meter.share(2 * this.text.length) && isAscii(this.text);
      this.#lower = isKnown ? this.text.toLowerCase() : null;
    }
    return this.#lower ?? undefined;
  }
}
