import { EVICTION_SHARE } from "./constants.ts";
import type { KeyRecord } from "./key-record.ts";

/** What is to be freed: so many keys, and so many bytes. */
export type Room = Amount;

/** How much there is, or may be. */
interface Amount {
  readonly keys: number;
  readonly bytes: number;
}

/** What is to be freed before so much more fits; a share of all at once, so that this is seldom. Null: it fits. */
export function roomFor(more: Amount, now: Amount, most: Amount): Room | null {
  const over = { keys: now.keys + more.keys - most.keys, bytes: now.bytes + more.bytes - most.bytes };
  if (over.keys <= 0 && over.bytes <= 0) return null;
  const atLeast = (excess: number, all: number) => (excess > 0 ? Math.max(excess, all * EVICTION_SHARE) : 0);
  return { keys: atLeast(over.keys, most.keys), bytes: atLeast(over.bytes, most.bytes) };
}

/**
 * The keys to forget for that, those least in demand: once-asked ones first, then those read longest ago. Fewer when no
 * more may go. A shape is freed with the last key that has it.
 *
 * @param uses how many keys have a shape, by its number
 */
export function leastInDemand(
  records: Iterable<KeyRecord>,
  room: Room,
  keep: (key: string) => boolean,
  uses: (shape: number) => number,
): KeyRecord[] {
  const candidates = [...records]
    .filter((record) => !keep(record.key))
    .sort((a, b) => Number(a.reads > 1) - Number(b.reads > 1) || a.lastReadAt - b.lastReadAt);
  const chosen: KeyRecord[] = [];
  const left = new Map<number, number>();
  let bytes = 0;
  for (const record of candidates) {
    if (chosen.length >= room.keys && bytes >= room.bytes) break;
    chosen.push(record);
    const { id, bytes: shapeBytes } = record.shape;
    const others = (left.get(id) ?? uses(id)) - 1;
    left.set(id, others);
    bytes += record.ownBytes + (others === 0 ? shapeBytes : 0);
  }
  return chosen;
}
