import type { FillAnswer, FillRequest, Sharing } from "../keeper/protocol/fill.ts";
import type { FenceCopy } from "./fence-copy.ts";
import type { RememberedBody } from "./remembered-bodies.ts";

/** When a caller asked, on the mirror's clock, and the time to live of what they read. */
interface CallerMoment {
  readonly arrival: number;
  readonly ttlMs: number;
}

type GivenEntry = Extract<FillAnswer, { kind: "entry" }>;

/**
 * What a body is good for, for this caller, by their own arrival, position and token (M3). Null: ask the keeper.
 *
 * Either the mirror's fence accepts it, and it is proven as of the caller's fence: the mirror is not below that, so it knows
 * of whatever the caller's fence knows. Or it began within the caller's bound.
 */
export function judge(
  { at, token, boundMs, bearer }: FillRequest,
  { entry, begin, buckets, owner, sharing, arrivedAt }: RememberedBody,
  { fence, pulledSince }: Pick<FenceCopy, "fence" | "pulledSince">,
  { arrival, ttlMs }: CallerMoment,
): GivenEntry | null {
  if (fence === null || !fence.covers(at) || (token !== null && !fence.covers(token))) return null;
  if (entry.generation !== fence.generation || arrival - entry.filledAt >= ttlMs) return null;
  const digest = bearer?.digest ?? null;
  const isOwn = owner === digest;
  if (fence.accepts({ generation: entry.generation, mark: entry.mark, buckets })) {
    const shared = isOwn
      ? sharing
      : sharedWith({ owner, digest, sharing, arrivedAt }, fence.proven ? pulledSince : null);
    if (shared === null) return null;
    const mark = Math.max(entry.mark, fence.mark);
    return given({ ...entry, mark }, null, true, shared);
  }
  const isYoung = begin > arrival - boundMs;
  // Roles may have changed together with what invalidated it, so then it is for nobody else (S8).
  if (!isOwn || !isYoung || entry.mark < Math.max(token?.mark ?? 0, fence.purgedAt)) return null;
  return given(entry, Math.max(0, arrival - begin), false, sharing);
}

function given(
  entry: GivenEntry["entry"],
  age: number | null,
  accepted: boolean,
  sharing: Sharing,
): GivenEntry {
  return { kind: "entry", entry, source: "stored", age, accepted, sharing };
}

/**
 * Whether one reader's answer is another's as well; null: it is not (S8). The keeper has said that it is everybody's, or
 * that it becomes so by a pull that begins after it has arrived.
 *
 * @param pulledSince see `FenceCopy`. Null: without capture nothing is pulled, and syncs say nothing about policies
 */
function sharedWith(
  {
    owner,
    digest,
    sharing,
    arrivedAt,
  }: Pick<RememberedBody, "owner" | "sharing" | "arrivedAt"> & { readonly digest: string | null },
  pulledSince: number | null,
): Sharing | null {
  if (owner === null || digest === null) return null;
  if (sharing === "free") return "free";
  return sharing === "uncleared" && pulledSince !== null && pulledSince > arrivedAt ? "free" : null;
}
