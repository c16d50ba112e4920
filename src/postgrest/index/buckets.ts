import { IndexBucket } from "./index-bucket.ts";
import type { BucketPlace, IndexedPart } from "./indexed-shape.ts";

/** Keys of parts that are found under several. Each takes some hundred bytes; beyond this such parts lie open. */
const MAX_SHARED_KEYS = 200_000;

/** All buckets of an index, by name and by the relations that they concern. */
export class Buckets {
  readonly #byName = new Map<string, IndexBucket>();
  readonly #byRelation = new Map<string, Map<string, IndexBucket>>();
  #sharedKeys = 0;

  of(relation: string): Iterable<IndexBucket> {
    return this.#byRelation.get(relation)?.values() ?? [];
  }

  /** False when there is no room for so many keys: then nothing was put. */
  put(slot: number, { part }: IndexedPart, place: BucketPlace): boolean {
    const { name, by, keys } = place;
    const shared = sharedKeys(place);
    if (shared > 0 && this.#sharedKeys + shared > MAX_SHARED_KEYS) return false;
    this.#sharedKeys += shared;
    let bucket = this.#byName.get(name);
    if (bucket === undefined) {
      bucket = new IndexBucket(by);
      this.#byName.set(name, bucket);
      for (const relation of part.relations) {
        const buckets = this.#byRelation.get(relation) ?? new Map<string, IndexBucket>();
        this.#byRelation.set(relation, buckets.set(name, bucket));
      }
    }
    bucket.add(slot, keys);
    return true;
  }

  take(slot: number, { part }: IndexedPart, place: BucketPlace): void {
    const { name, keys } = place;
    this.#sharedKeys -= sharedKeys(place);
    const bucket = this.#byName.get(name);
    bucket?.delete(slot, keys);
    if (!bucket?.isEmpty) return;
    this.#byName.delete(name);
    for (const relation of part.relations) {
      const buckets = this.#byRelation.get(relation);
      buckets?.delete(name);
      if (buckets?.size === 0) this.#byRelation.delete(relation);
    }
  }
}

/** How much of the room for shared keys a place takes. */
function sharedKeys({ keys = [] }: BucketPlace): number {
  return keys.length > 1 ? keys.length : 0;
}
