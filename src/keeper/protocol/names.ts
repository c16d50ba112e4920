import { hash32 } from "../../runtime/hash.ts";
import { FENCE_BUCKETS } from "./constants.ts";

/** The name of one key: raised when a change affects just it. */
export function keyName(key: string): string {
  return `k:${key}`;
}

/** The name of a relation, `schema.table`: raised when all of it is flushed. */
export function relationName(relation: string): string {
  return `r:${relation}`;
}

/** The fence's bucket of a name. Two names in one bucket are invalidated together: a call more, never a wrong answer. */
export function bucketOf(name: string): number {
  return hash32(name) % FENCE_BUCKETS;
}

/** One more than all names have; its mark is infinite, so that no fence accepts what lies in it. */
export const UNWATCHED_BUCKET = FENCE_BUCKETS;

/** Buckets of all the names that an answer stands on: its key and the relations it reads. */
export function bucketsOf(
  key: string,
  { relations, watched }: { readonly relations: readonly string[]; readonly watched: boolean },
): readonly number[] {
  const buckets = [bucketOf(keyName(key)), ...relations.map((relation) => bucketOf(relationName(relation)))];
  return watched ? buckets : [...buckets, UNWATCHED_BUCKET];
}
