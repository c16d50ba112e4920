import type { Name } from "../cache/entry/names.ts";
import { bucketOf } from "../keeper/protocol/names.ts";

/**
 * Which kind of names (by its first letter: key, tag, prefix, namespace) a bucket is for, by its last three bits. What
 * stands in one bucket is invalidated together. Every entry stands on the root's name, and all of a kind on its
 * prefix: if keys, of which many are invalidated, shared buckets with those, one in 8,192 would flush the cache.
 */
const KINDS = "kkkkttpn";

/** The root namespace, which every entry stands on, has a bucket to itself. */
const ROOT: Name = "n";
const ROOT_BUCKET = bucketOf(ROOT);

/** More tries than any name needs: the last one of a kind finds its place with odds of 1 to 7 a time. */
const TRIES = 256;

/** The name as the keeper is told it: with a suffix that puts it in a bucket of its kind. The same in every isolate. */
export function placed(name: Name): string {
  const kind = name.charAt(0);
  if (name === ROOT || !KINDS.includes(kind)) return name;
  for (let salt = 0; salt < TRIES; salt++) {
    const text = salt === 0 ? name : `${name} ${salt}`;
    const bucket = bucketOf(text);
    if (bucket !== ROOT_BUCKET && KINDS[bucket % KINDS.length] === kind) return text;
  }
  return name;
}
