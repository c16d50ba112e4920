import type { Scope } from "../context/context.ts";
import type { Tagged } from "../context/isolate.ts";
import type { Call } from "../read/candidate.ts";

/** The tags of a value that was loaded, and its names with them; what the witness must know of those is learned. */
export function tag(scope: Scope, { key, names, policy }: Call, loaded: unknown): Tagged | Promise<Tagged> {
  const { tags } = policy;
  if (typeof tags !== "function") return { tags, names };
  return learned(scope, key, loaded === undefined ? [] : tags(loaded as never));
}

async function learned(scope: Scope, key: string, tags: readonly string[]): Promise<Tagged> {
  const { isolate, path } = scope;
  const names = isolate.namesOf(path, key, tags);
  // A keeper's position counts for all names: there is nothing to learn of those that came with the value.
  if (!isolate.witness.coversKeys) await isolate.witness.learn(names, scope);
  return { tags, names };
}
