import type { Mode } from "./protocol/position.ts";
import type { Marks } from "./storage/marks.ts";
import type { Meta } from "./storage/meta.ts";

/** The mode that an admin has set, and the mark that it was set at. */
export class SiteMode {
  readonly #meta: Meta;
  readonly #marks: Marks;
  #mode: Mode;
  #setAt: number;

  constructor(meta: Meta, marks: Marks) {
    this.#meta = meta;
    this.#marks = marks;
    const mode = meta.text("mode");
    this.#mode = mode === "off" || mode === "shadow" ? mode : "on";
    this.#setAt = meta.number("mode_at") ?? 0;
  }

  /** On, unless one was set. */
  get mode(): Mode {
    return this.#mode;
  }

  /** 0: none was ever set. Of two answers of one generation, the one with the later mark tells the mode. */
  get setAt(): number {
    return this.#setAt;
  }

  /** Raises the mark, so that an isolate can tell which of two answers is the later one, whenever they arrive. */
  set(mode: Mode): void {
    const setAt = this.#marks.mark + 1;
    this.#marks.raise({}, () => {
      this.#meta.set("mode", mode);
      this.#meta.set("mode_at", setAt);
    });
    this.#mode = mode;
    this.#setAt = setAt;
  }
}
