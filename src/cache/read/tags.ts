import type { Call } from "../context/call.ts";
import type { CacheContext, Tagged } from "../context/context.ts";
import { mustBeList } from "../entry/options.ts";
import { tagsOfRows } from "./reads.ts";

/** The tags of a loaded value, and its names including them. Learns what other isolates have invalidated of those. */
export function tag(
  context: CacheContext,
  { key, names, policy, reads }: Call,
  loaded: unknown,
): Tagged | Promise<Tagged> {
  const { tags } = policy;
  if (typeof tags !== "function" && reads === undefined) return { tags, names };
  const own = typeof tags !== "function" ? tags : loaded === undefined ? [] : tags(loaded as never);
  mustBeList("tags", own);
  const rows = reads === undefined ? [] : tagsOfRows(context, reads, loaded);
  return learned(context, key, [...own, ...rows]);
}

async function learned(context: CacheContext, key: string, tags: readonly string[]): Promise<Tagged> {
  const { isolate, path } = context;
  const names = isolate.namesOf(path, key, tags);
  // A keeper's position counts for all names, including those that came with the value.
  if (!isolate.invalidations.coversKeys) await isolate.invalidations.learn(names, context);
  return { tags, names };
}
