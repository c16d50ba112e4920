import { DEMAND_LASTS_MS, EVICTION_SHARE, KV_RESERVED_FROM_LEVEL } from "../protocol/constants.ts";
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
 * The order in which keys are evicted: those that fewer clients want come first, and among these the ones that were read
 * longest ago. However many keys one client makes, and however often it asks for them, they go before any key that
 * several clients have asked for within the hour.
 */
function byDemand(now: number): (a: KeyRecord, b: KeyRecord) => number {
  const wanted = ({ demand, lastReadAt }: KeyRecord) =>
    now - lastReadAt > DEMAND_LASTS_MS ? 0 : Math.min(demand.level, KV_RESERVED_FROM_LEVEL);
  return (a, b) =>
    wanted(a) - wanted(b) || Number(a.reads > 1) - Number(b.reads > 1) || a.lastReadAt - b.lastReadAt;
}

/**
 * The keys to forget for that, those least in demand. Fewer when no more may go. A shape is freed with the last key that
 * has it.
 *
 * @param uses how many keys have a shape, by its number
 */
export function leastInDemand(
  records: Iterable<KeyRecord>,
  { room, now }: { readonly room: Room; readonly now: number },
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
