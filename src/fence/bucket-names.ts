import type { Name } from "../cache/entry/names.ts";
import { bucketOf } from "../keeper/protocol/names.ts";

/**
 * The kind of names that a bucket is for (key, tag, prefix or namespace, by first letter), by the bucket's last three
 * bits. Names in one bucket are invalidated together. Every entry depends on the root's name, and all entries of a
 * prefix on that prefix. If keys, which are invalidated often, shared buckets with those, one invalidation in 8,192
 * would flush the cache.
 */
const KINDS = "kkkkttpn";

/** The root namespace, which every entry depends on, has a bucket to itself. */
const ROOT: Name = "n";
const ROOT_BUCKET = bucketOf(ROOT);

/** More tries than any name needs: even the rarest kind has one bucket in eight. */
const TRIES = 256;

/** The name as the keeper gets it, with a suffix that puts it in a bucket of its kind. The same in every isolate. */
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
