import type { BucketFence } from "../../../fence/bucket-fence.ts";
import { KV_PUT_INTERVAL_MS } from "../../../keeper/protocol/constants.ts";
import { bucketOf, keyName } from "../../../keeper/protocol/names.ts";
import type { HeldAnswer } from "../held-answer.ts";

interface Circumstances {
  /** When the read began. */
  readonly start: number;
  readonly fence: Pick<BucketFence, "generation" | "isRaisedSince">;
  /** Whether whoever is asked next is near by: a mirror, or a keeper in this very region. */
  readonly isNear: boolean;
}

/** What counts of an answer that cannot be given. */
type Refused = Pick<HeldAnswer, "generation" | "buckets" | "filledAt">;

/**
 * Whether KV may have an answer that the fence accepts. The keeper puts a key at most once a minute, and the put shows
 * elsewhere up to a minute later. So after a change of the last minute KV hardly ever has an answer from after it, and any other is
 * refused: a look there would only make the reader wait longer for the keeper. Nothing but time depends on this, since
 * the fence judges whatever a store gives.
 *
 * @param known what memory and the data centre's cache have of this key, refused or expired
 */
export function mayKvHave(
  key: string,
  known: readonly Refused[],
  { start, fence, isNear }: Circumstances,
): boolean {
  const minuteAgo = start - KV_PUT_INTERVAL_MS;
  const own = known.filter(({ generation }) => generation === fence.generation);
  // Whoever is near by has what a change has refused here before KV shows it, and is asked sooner.
  if (own.some(({ filledAt }) => isNear || filledAt > minuteAgo)) return false;
  // Without an answer it is not known which relations it would stand on. Its own name is.
  const buckets = own[0]?.buckets ?? [bucketOf(keyName(key))];
  return !fence.isRaisedSince(buckets, minuteAgo);
}
