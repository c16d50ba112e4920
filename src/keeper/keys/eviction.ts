import { WANTED_BY_MANY_LEVEL } from "./demand.ts";
import type { KeyRecord } from "./key-record.ts";

/** A key that nobody has read for this long is no longer in demand. */
const DEMAND_LASTS_MS = 3_600_000;

/** Share of the registry dropped when it is full: one mark for many keys. */
const EVICTION_SHARE = 0.05;

/** A number of keys, and their bytes. */
export interface Amount {
  readonly keys: number;
  readonly bytes: number;
}

/** What to free before `more` fits; at least a share of everything, so that evictions are rare. Null: it fits. */
export function roomFor(more: Amount, now: Amount, most: Amount): Amount | null {
  const over = { keys: now.keys + more.keys - most.keys, bytes: now.bytes + more.bytes - most.bytes };
  if (over.keys <= 0 && over.bytes <= 0) return null;
  const atLeast = (excess: number, all: number) => (excess > 0 ? Math.max(excess, all * EVICTION_SHARE) : 0);
  return { keys: atLeast(over.keys, most.keys), bytes: atLeast(over.bytes, most.bytes) };
}

/**
 * The order of eviction: keys that fewer clients want go first, then those read longest ago. However many keys one
 * client creates, and however often it asks for them, they go before any key that several clients asked for within the
 * hour.
 */
function byDemand(now: number): (a: KeyRecord, b: KeyRecord) => number {
  const wanted = ({ demand, lastReadAt }: KeyRecord) =>
    now - lastReadAt > DEMAND_LASTS_MS ? 0 : Math.min(demand.level, WANTED_BY_MANY_LEVEL);
  return (a, b) =>
    wanted(a) - wanted(b) || Number(a.reads > 1) - Number(b.reads > 1) || a.lastReadAt - b.lastReadAt;
}

/**
 * The keys least in demand that must go to make this room; fewer if no more may go. A shape is freed with its last key.
 *
 * @param keep whether a key must not be evicted
 * @param uses how many keys have a shape, by its number
 */
export function leastInDemand(
  records: Iterable<KeyRecord>,
  { room, now }: { readonly room: Amount; readonly now: number },
  keep: (key: string) => boolean,
  uses: (shape: number) => number,
): KeyRecord[] {
  const candidates = [...records].filter((record) => !keep(record.key)).sort(byDemand(now));
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
