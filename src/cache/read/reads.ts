import { isRowName } from "../../rows/row-name.ts";
import type { RowReads, Rows } from "../../rows/rows.ts";
import { atHand } from "../context/at-hand.ts";
import type { Call, Load } from "../context/call.ts";
import type { CacheContext, Isolate } from "../context/context.ts";
import { CacheError } from "../entry/errors.ts";
import type { CacheEvent } from "../entry/events.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import { RAW } from "../entry/names.ts";
import type { SomeLoadOptions } from "../entry/policy.ts";
import { callFor } from "./call.ts";

/** Nobody reads a table of that name, so no fence accepts what stands on it. */
const NEVER = `${RAW}s`;

/** A call whose load may say what it reads. @throws CacheError `invalid-option`, `invalid-key` */
export function callReading(
  context: CacheContext,
  key: string,
  { reads, ...options }: SomeLoadOptions,
  load: Load<unknown>,
): Call {
  const call = callFor(context, key, options, load);
  if (reads === undefined || reads.length === 0) return call;
  mustBeReads(reads, context);
  call.reads = reads;
  // It was set, or loaded by somebody who did not say what it reads.
  call.refuses = (entry) => !standsOnRows(entry);
  return call;
}

/** As `atHand`, for a call that may say what it reads. */
export function atHandReading(
  context: CacheContext,
  key: string,
  { validate, reads }: SomeLoadOptions,
): MemoryEntry | undefined {
  const entry = atHand(context, key, validate);
  return reads === undefined || (entry !== undefined && standsOnRows(entry)) ? entry : undefined;
}

/** Names of rows come last. */
const standsOnRows = ({ names }: MemoryEntry): boolean => isRowName(names[names.length - 1] ?? "");

/** @throws CacheError `invalid-option` */
function mustBeReads(reads: RowReads<never>, { isolate: { invalidations } }: CacheContext): void {
  const wrong = (message: string) => new CacheError("invalid-option", `reads: ${message}`);
  if (!Array.isArray(reads)) throw wrong('it takes a list: [rows("…")]');
  if (!invalidations.followed || invalidations.followed() === null)
    throw wrong("it takes a keeper that hears of changes (libraryKeeper)");
  if (!reads.some((each) => typeof each === "object"))
    throw wrong("one of them must not depend on the value");
}

/** What each isolate has said once. */
const SAID = new WeakMap<Isolate, Set<string>>();

/**
 * Tags that stand for the rows of a loaded value, by what the keeper tells now. Its position is of before the load: if what is
 * told has changed since, that is another generation, in which the entry does not count.
 *
 * @throws CacheError `unknown-table`, `unknown-column`; what a function of `reads` throws
 */
export function tagsOfRows(
  context: CacheContext,
  reads: RowReads<never>,
  loaded: unknown,
): readonly string[] {
  const map = context.isolate.invalidations.followed?.();
  if (!map) return [NEVER];
  const tags = new Set<string>();
  const all: Rows[] = reads.flatMap((each) => (typeof each === "function" ? each(loaded as never) : [each]));
  for (const each of all) {
    const found = each.namesIn(map);
    if ("code" in found) throw new CacheError(found.code, found.message);
    if ("unwatched" in found) {
      once(context, { type: "unwatched", table: found.unwatched });
      return [NEVER];
    }
    if (found.coarser !== null) once(context, { type: "coarser", ...found.coarser });
    for (const name of found.names) tags.add(RAW + name);
  }
  return [...tags];
}

function once(context: CacheContext, event: CacheEvent): void {
  const said = SAID.get(context.isolate) ?? new Set();
  SAID.set(context.isolate, said);
  const text = JSON.stringify(event);
  if (said.has(text)) return;
  said.add(text);
  context.report(event);
}
