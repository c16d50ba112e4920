import { hash32 } from "../../runtime/hash.ts";
import { FENCE_BUCKETS, PERSONAL_BUCKETS } from "./constants.ts";

/** The beginning of a personal key's name. No name of the library begins with it. */
const PERSONAL = "u:";

/**
 * The name of all personal keys. A new instance of the keeper raises it, since the one before it remembered these keys
 * in its memory only (S9).
 */
export const ALL_PERSONAL = "a:personal";

/**
 * Whether a key is of an audience that claims of a person are part of: the key ends with its audience, and such an
 * audience holds a `#`, which nothing else in a key does. Personal keys are in no storage.
 */
export function isPersonalKey(key: string): boolean {
  return key.lastIndexOf("#") > key.lastIndexOf(" ");
}

/**
 * The audience of a role, or of the readers with that role for whom a digest of claims stands: `authenticated`,
 * `authenticated#…`. The role is encoded, so that neither a blank nor a `#` in its name is taken for what these say in a key.
 */
export function audienceOf(role: string, digest?: string): string {
  const encoded = encodeURIComponent(role);
  return digest === undefined ? encoded : `${encoded}#${digest}`;
}

/** The audience of everybody with the role that this one begins with. */
export function roleAudience(audience: string): string {
  return audience.split("#", 1)[0] ?? audience;
}

/** A read's whole key. */
export function keyFor(baseKey: string, audience: string): string {
  return `${baseKey} ${audience}`;
}

/** The audience that a whole key ends with. */
export function audienceIn(key: string): string {
  return key.slice(key.lastIndexOf(" ") + 1);
}

/** Whether a key is for those who sign in, of whatever audience: see `Audience`. Paths hold no space. */
export function isSignedInKey(key: string): boolean {
  return key.startsWith("signed-in ", key.indexOf(" ") + 1);
}

/** The name of one key, raised when a change affects only that key. */
export function keyName(key: string): string {
  return `${isPersonalKey(key) ? PERSONAL : "k:"}${key}`;
}

/** The name of a relation (`schema.table`), raised when all of it is flushed. */
export function relationName(relation: string): string {
  return `r:${relation}`;
}

/**
 * A name's bucket in the fence. Names in one bucket are invalidated together: that costs a call, never a wrong answer.
 */
export function bucketOf(name: string): number {
  const hash = hash32(name);
  return name.startsWith(PERSONAL) ? FENCE_BUCKETS + (hash % PERSONAL_BUCKETS) : hash % FENCE_BUCKETS;
}

/** The bucket after all that names have. Its mark is infinite, so no fence accepts an answer in it. */
export const UNWATCHED_BUCKET = FENCE_BUCKETS + PERSONAL_BUCKETS;

/** The buckets of all names that an answer depends on: its key, the relations it reads, and all personal keys. */
export function bucketsOf(
  key: string,
  { relations, watched }: { readonly relations: readonly string[]; readonly watched: boolean },
): readonly number[] {
  const buckets = [bucketOf(keyName(key)), ...relations.map((relation) => bucketOf(relationName(relation)))];
  if (isPersonalKey(key)) buckets.push(bucketOf(ALL_PERSONAL));
  return watched ? buckets : [...buckets, UNWATCHED_BUCKET];
}
