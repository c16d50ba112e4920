import type { Window } from "./window.ts";

/** Measured on V8: what a window takes beside its keys, and a key with its places in the index beside its text. */
const WINDOW_BYTES = 300;
const KEY_BYTES = 70;

/** How much memory the windows that are held take, about; the oldest come first. */
export class WindowLedger {
  readonly #bytes = new Map<number, number>();
  readonly #limit: number;
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get total(): number {
    return this.#total;
  }

  /** Notes a window; answers the ids whose windows have to go, perhaps this one itself. */
  add(id: number, window: Window): readonly number[] {
    this.delete(id);
    const bytes = bytesOf(window);
    this.#bytes.set(id, bytes);
    this.#total += bytes;
    const gone: number[] = [];
    let left = this.#total;
    for (const [oldest, each] of this.#bytes) {
      if (left <= this.#limit) break;
      gone.push(oldest);
      left -= each;
    }
    return gone;
  }

  delete(id: number): void {
    this.#total -= this.#bytes.get(id) ?? 0;
    this.#bytes.delete(id);
  }
}

function bytesOf({ first = [], last = [], keys, shown }: Window): number {
  // Equal lists are one (`windowOf`).
  const lists = new Set([first, last, ...Object.values(keys), ...Object.values(shown)]);
  let bytes = WINDOW_BYTES;
  for (const list of lists) for (const key of list) bytes += KEY_BYTES + key.length;
  return bytes;
}
