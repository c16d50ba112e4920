import { listBytes } from "../row/bytes.ts";
import type { Window } from "../verdict/window.ts";

/** Measured on V8 and rounded up: a window without its keys, and a key's entry in the index without its text. */
const WINDOW_BYTES = 500;
const PLACE_BYTES = 90;

/** Keeps the windows within a limit of memory, in bytes: about, and the oldest go first. */
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

  /** Notes a window. Returns the ids whose windows have to go; this one may be among them. */
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
  // `windowOf` keeps equal lists once, but each part has its own index entries for the keys of its list.
  const lists = new Set([first, last, ...Object.values(keys), ...Object.values(shown)]);
  for (const list of lists) bytes += listBytes(list);
  for (const list of Object.values(keys)) bytes += list.length * PLACE_BYTES;
  return bytes;
}
