import type { BucketFence } from "../../../fence/bucket-fence.ts";
import { KV_PUT_INTERVAL_MS } from "../../../keeper/protocol/constants.ts";
import type { StartedRead } from "../bounded-read.ts";
import { type HeldAnswer, mayServeOnError } from "../held-answer.ts";

interface Circumstances {
  readonly read: Pick<StartedRead, "start" | "boundMs" | "staleIfErrorMs">;
  readonly fence: Pick<BucketFence, "generation" | "isRaisedSince">;
  /** Whether whoever is asked next is near by: a mirror, or a keeper in this very region. */
  readonly isNear: boolean;
}

/** What counts of an answer that cannot be given. */
type Refused = Pick<HeldAnswer, "generation" | "buckets" | "filledAt" | "provenAt">;

/**
 * Whether KV may have an answer that the fence accepts. The keeper puts a key at most once a minute, and the put shows
 * elsewhere up to a minute later. So after a change of the last minute KV hardly ever has an answer from after it, and any
 * other is refused: a look there would only make the reader wait longer for the keeper. Only time depends on this, since
 * the fence judges whatever a store gives.
 *
 * @param known what memory and the data centre's cache have of this key, refused or expired
 */
export function mayKvHave(known: readonly Refused[], { read, fence, isNear }: Circumstances): boolean {
  const minuteAgo = read.start - KV_PUT_INTERVAL_MS;
  const own = known.filter(({ generation }) => generation === fence.generation);
  // For when the origin fails, an older answer is at hand. Without one, what KV has may still serve then.
  if (!own.some((held) => isAtHand(held, read))) return true;
  // Whoever is near by has what a change has refused here before KV shows it, and is asked sooner.
  if (isNear || own.some(({ filledAt }) => filledAt > minuteAgo)) return false;
  return !own.some(({ buckets }) => fence.isRaisedSince(buckets, minuteAgo));
}

function isAtHand(held: Refused, read: Circumstances["read"]): boolean {
  return read.staleIfErrorMs === 0 || mayServeOnError(held, read.start, read);
}
