import type { Call } from "../context/call.ts";
import type { CacheContext, Tagged } from "../context/context.ts";
import type { Name } from "../entry/names.ts";
import { rowsOf } from "./reads.ts";

/** The tags and rows of a loaded value, and its names including them. Learns what other isolates have invalidated of those. */
export function tag(context: CacheContext, call: Call, loaded: unknown): Tagged | Promise<Tagged> {
  const { policy, key, names } = call;
  const { tags } = policy;
  if (typeof tags !== "function") return withRows(context, call, loaded, { tags, names });
  return learned(context, key, loaded === undefined ? [] : tags(loaded as never)).then((own) =>
    withRows(context, call, loaded, own),
  );
}

interface Own {
  readonly tags: readonly string[];
  readonly names: readonly Name[];
}

function withRows(context: CacheContext, { policy }: Call, loaded: unknown, own: Own): Tagged {
  if (policy.reads.length === 0) return { ...own, rows: [] };
  const { rows, refusal } = rowsOf(context, policy.reads, loaded);
  return { tags: own.tags, names: [...own.names, ...rows], rows, refusal };
}

async function learned(context: CacheContext, key: string, tags: readonly string[]): Promise<Own> {
  const { isolate, path } = context;
  const names = isolate.namesOf(path, key, tags);
  // A keeper's position counts for all names, including those that came with the value.
  if (!isolate.invalidations.coversKeys) await isolate.invalidations.learn(names, context);
  return { tags, names };
}
