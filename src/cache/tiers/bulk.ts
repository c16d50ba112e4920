import type { Clock } from "../../runtime/clock.ts";
import { decodeEntry } from "../entry/entry.ts";
import type { Reporter } from "../entry/events.ts";
import { storeKey } from "../entry/keys.ts";
import { BULK_KEYS, MAX_LIFETIME_MS } from "../entry/limits.ts";
import { ENTRIES, STAMPS, type Stored, type StoreTier } from "./store-tier.ts";

// Many keys of a store at once, in as few operations as it allows.

/** Entries by qualified key. */
export async function getEntries(
  store: StoreTier,
  clock: Clock,
  qualified: readonly string[],
  report: Reporter,
): Promise<Map<string, Stored>> {
  const result = new Map<string, Stored>();
  await each(store, clock, ENTRIES, qualified, report, (key, text) => {
    result.set(key, text === FAILED ? "unknown" : decodeEntry(text));
  });
  return result;
}

/** Stamps by name; those that could not be read are missing. */
export async function getStamps(
  store: StoreTier,
  clock: Clock,
  names: readonly string[],
  report: Reporter,
): Promise<Map<string, number>> {
  const result = new Map<string, number>();
  await each(store, clock, STAMPS, names, report, (name, text) => {
    if (text !== FAILED) result.set(name, Number(text ?? 0) || 0);
  });
  return result;
}

/** @throws what the store throws, or when it is too slow. */
export async function putStamp(store: StoreTier, clock: Clock, name: string, stamp: number): Promise<void> {
  const key = await storeKey(store.name, STAMPS, name);
  await store.timed(clock, () => store.port.put(key, String(stamp), MAX_LIFETIME_MS / 1_000));
}

const FAILED = Symbol("failed");
type Take = (item: string, text: string | null | undefined | typeof FAILED) => void;

async function each(
  store: StoreTier,
  clock: Clock,
  area: string,
  items: readonly string[],
  report: Reporter,
  take: Take,
): Promise<void> {
  const size = store.port.getMany === undefined ? 1 : BULK_KEYS;
  const chunks: Promise<void>[] = [];
  for (let start = 0; start < items.length; start += size) {
    chunks.push(chunk(store, clock, area, items.slice(start, start + size), report, take));
  }
  await Promise.all(chunks);
}

async function chunk(
  store: StoreTier,
  clock: Clock,
  area: string,
  items: readonly string[],
  report: Reporter,
  take: Take,
): Promise<void> {
  const { port, name } = store;
  try {
    const keys = await Promise.all(items.map((item) => storeKey(name, area, item)));
    const texts = await store.timed(clock, async () => {
      if (items.length === 1) return [await port.get(keys[0] as string)];
      const found = await port.getMany?.(keys);
      return keys.map((key) => found?.get(key));
    });
    for (const [index, item] of items.entries()) take(item, texts[index]);
  } catch (error) {
    report({ type: "store-error", operation: "get", error });
    for (const item of items) take(item, FAILED);
  }
}
