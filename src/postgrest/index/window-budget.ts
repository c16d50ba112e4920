import { listBytes } from "../row/bytes.ts";
import type { Window } from "../verdict/window.ts";

/** Measured on V8, and rounded up: what a window takes beside its keys, and a key's place in the index beside its text. */
const WINDOW_BYTES = 500;
const PLACE_BYTES = 90;

/** How much memory the windows that are held take, about; the oldest come first. */
export class WindowBudget {
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
  let bytes = WINDOW_BYTES;
  // Equal lists are one (`windowOf`); but each part has places of its own under the keys of its list.
  const lists = new Set([first, last, ...Object.values(keys), ...Object.values(shown)]);
  for (const list of lists) bytes += listBytes(list);
  for (const list of Object.values(keys)) bytes += list.length * PLACE_BYTES;
  return bytes;
}
