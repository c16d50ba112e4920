import { hash32 } from "../../runtime/hash.ts";
import { FENCE_BUCKETS } from "./constants.ts";

/** The name of one key, raised when a change affects only that key. */
export function keyName(key: string): string {
  return `k:${key}`;
}

/** The name of a relation (`schema.table`), raised when all of it is flushed. */
export function relationName(relation: string): string {
  return `r:${relation}`;
}

/**
 * A name's bucket in the fence. Names in one bucket are invalidated together: that costs a call, never a wrong answer.
 */
export function bucketOf(name: string): number {
  return hash32(name) % FENCE_BUCKETS;
}

/** A bucket that no name has. Its mark is infinite, so no fence accepts an answer in it. */
export const UNWATCHED_BUCKET = FENCE_BUCKETS;

/** The buckets of all names that an answer depends on: its key and the relations it reads. */
export function bucketsOf(
  key: string,
  { relations, watched }: { readonly relations: readonly string[]; readonly watched: boolean },
): readonly number[] {
  const buckets = [bucketOf(keyName(key)), ...relations.map((relation) => bucketOf(relationName(relation)))];
  return watched ? buckets : [...buckets, UNWATCHED_BUCKET];
}
