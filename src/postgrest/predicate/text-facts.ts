import { isAscii } from "./like.ts";
import type { Meter } from "./meter.ts";

/** A text, and what `ilike` asks of it: read once, and charged to none of those who ask. */
export class TextFacts {
  readonly text: string;
  readonly #meter: Meter;
  #lower: string | null | undefined;

  constructor(text: string, meter: Meter) {
    this.text = text;
    this.#meter = meter;
  }

  /** In lower case, if it is all ASCII: of other letters the locale decides. Undefined when that is not known. */
  get lower(): string | undefined {
    if (this.#lower === undefined) {
      const isKnown = this.#meter.share(2 * this.text.length) && isAscii(this.text);
      this.#lower = isKnown ? this.text.toLowerCase() : null;
    }
    return this.#lower ?? undefined;
  }
}
