import { footprintInWords } from "../../postgrest/shape/in-words.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import type { EntriesOrder, EntriesPage, EntriesRequest } from "../protocol/admin.ts";
import { audienceIn, isSignedInKey } from "../protocol/names.ts";
import { firstOf } from "./first-of.ts";

/** Of two records, which comes first: negative if `a` does. The number tells records apart that are alike. */
type Compare = (a: OrderPlace, b: OrderPlace) => number;

/** Where a record is in an order. */
interface OrderPlace {
  readonly id: number;
  readonly key: string;
  readonly count: number;
}

const byId: Compare = (a, b) => a.id - b.id;
const byKey: Compare = (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
const byCount: Compare = (a, b) => b.count - a.count || a.id - b.id;

/** A page of the registered keys. Of those that are asked for page by page, one that moves in the order may be missed or come twice. */
export function entriesPage(
  records: Iterable<KeyRecord>,
  { prefix, search = "", sort = "registered", cursor, limit }: EntriesRequest,
  now: number,
  isInvalidated: (record: KeyRecord) => boolean,
): EntriesPage {
  const compare = sort === "registered" ? byId : sort === "key" ? byKey : byCount;
  const after = cursor === null ? null : placeIn(cursor, sort);
  const wanted = search.toLowerCase();
  const matches = ({ path, key }: KeyRecord) =>
    path.startsWith(prefix) && (wanted === "" || key.toLowerCase().includes(wanted));
  let total = 0;
  function* following(): Iterable<KeyRecord> {
    for (const record of records) {
      if (!matches(record)) continue;
      total++;
      if (after === null || compare(placeOf(record, sort), after) > 0) yield record;
    }
  }
  // One more than fits tells whether there is a next page.
  const found = firstOf(following(), limit + 1, (a, b) => compare(placeOf(a, sort), placeOf(b, sort)));
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    entries: page.map((record) => entryOf(record, now, isInvalidated(record))),
    cursor: last && found.length > limit ? cursorOf(placeOf(last, sort), sort) : null,
    total,
  };
}

function entryOf(record: KeyRecord, now: number, invalidated: boolean): EntriesPage["entries"][number] {
  const { key, path, relation, bytes, status, reads, fills, watched, invalidations } = record;
  return {
    ...{ key, path, relation, bytes, status, reads, fills },
    filledAgo: Number.isFinite(record.lastFillBegan) ? now - record.lastFillBegan : null,
    invalidated,
    inKv: Number.isFinite(record.lastPutAt),
    watched,
    footprint: footprintInWords(record.footprint),
    shared: sharedBy(key),
    invalidations,
    lastInvalidation: record.invalidatedBy,
  };
}

/** Who shares the answer. Personal keys are not listed, so nobody's claims are told. */
function sharedBy(key: string): string {
  if (isSignedInKey(key)) return `all who sign in with role ${decodeURIComponent(audienceIn(key))}`;
  const [, audience] = key.split(" ", 2);
  return audience === "legacy-anon" ? "all who show the legacy anon key" : "all who show the publishable key";
}

function placeOf({ id, key, reads, fills, invalidations }: KeyRecord, sort: EntriesOrder): OrderPlace {
  const count = sort === "reads" ? reads : sort === "fills" ? fills : invalidations;
  return { id, key, count };
}

function cursorOf({ id, key, count }: OrderPlace, sort: EntriesOrder): string {
  if (sort === "registered") return String(id);
  return sort === "key" ? key : `${count}.${id}`;
}

/** A cursor that this order never gave comes after everything. */
function placeIn(cursor: string, sort: EntriesOrder): OrderPlace {
  if (sort === "key") return { id: 0, key: cursor, count: 0 };
  const [first, second] = cursor.split(".", 2).map(Number);
  return sort === "registered"
    ? { id: first ?? Number.NaN, key: "", count: 0 }
    : { id: second ?? Number.NaN, key: "", count: first ?? Number.NaN };
}
