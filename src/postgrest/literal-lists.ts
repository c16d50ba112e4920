import { listBytes, textBytes } from "./bytes.ts";

/** About how much memory the lists that were read take at most, in bytes. */
const MAX_BYTES = 2 * 1024 * 1024;

const lists = new Map<string, readonly string[]>();
let bytes = 0;

/** The values of an `in` list as `footprintOf` stores them: a JSON array. Each is read once, while there is room. */
export function listOf(literal: string): readonly string[] {
  const known = lists.get(literal);
  if (known !== undefined) return known;
  const list = JSON.parse(literal) as readonly string[];
  const own = PLACE_BYTES + textBytes(literal) + listBytes(list);
  if (bytes + own > MAX_BYTES) {
    lists.clear();
    bytes = 0;
  }
  if (own <= MAX_BYTES) {
    lists.set(literal, list);
    bytes += own;
  }
  return list;
}

/** About how much memory the lists take that are kept. */
export function listsBytes(): number {
  return bytes;
}

const PLACE_BYTES = 100;
