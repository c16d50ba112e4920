import type { Clock } from "../../runtime/clock.ts";
import { decodeEntry } from "../entry/entry.ts";
import type { Reporter } from "../entry/events.ts";
import { storeKey } from "../entry/keys.ts";
import { BULK_KEYS, MAX_LIFETIME_MS } from "../entry/limits.ts";
import type { Name } from "../entry/names.ts";
import { ENTRIES, type NamedStore, type StoredEntry, TAG_VERSIONS } from "./named-store.ts";

// Reads many keys of a store in as few operations as it allows.

/** Entries by their qualified keys. Never rejects. */
export async function getEntries(
  store: NamedStore,
  clock: Clock,
  qualified: readonly string[],
  report: Reporter,
): Promise<Map<string, StoredEntry>> {
  const result = new Map<string, StoredEntry>();
  await each(store, clock, ENTRIES, qualified, report, (key, text) => {
    result.set(key, text === FAILED ? "unknown" : decodeEntry(text));
  });
  return result;
}

/** Tag versions by name, 0 when there is none; those that could not be read are missing. Never rejects. */
export async function getTagVersions(
  store: NamedStore,
  clock: Clock,
  names: readonly Name[],
  report: Reporter,
): Promise<Map<Name, number>> {
  const result = new Map<Name, number>();
  await each(store, clock, TAG_VERSIONS, names, report, (name, text) => {
    if (text !== FAILED) result.set(name, Number(text ?? 0) || 0);
  });
  return result;
}

/** @throws what the store throws; Error when it is too slow */
export async function putTagVersion(
  store: NamedStore,
  clock: Clock,
  name: Name,
  version: number,
): Promise<void> {
  const key = await storeKey(store.name, TAG_VERSIONS, name);
  await store.timed(clock, () => store.port.put(key, String(version), MAX_LIFETIME_MS / 1_000));
}

const FAILED = Symbol("failed");
type Take = (item: string, text: string | null | undefined | typeof FAILED) => void;

async function each(
  store: NamedStore,
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
  store: NamedStore,
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
