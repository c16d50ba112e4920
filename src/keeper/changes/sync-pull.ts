import type { Clients } from "../budgets/clients.ts";
import type { Feed } from "../ports/ports.ts";
import type { Position } from "../protocol/position.ts";
import type { SyncRequest } from "../protocol/sync.ts";

/** What a sync needs of the feed. */
interface PullNeed {
  /** The as-of must be younger than this, on the keeper's clock. */
  readonly need: number;
  /** That takes a pull, and the client's budget for pulls is used up. */
  readonly isRefused: boolean;
}

/** How young the as-of must be for this request, and whether its client may have the pull that this takes. */
export function pullNeedOf(
  { token, boundMs, client }: SyncRequest,
  position: Position,
  { feed, clients, now }: { readonly feed: Feed; readonly clients: Clients; readonly now: number },
): PullNeed {
  const need = token === null || isReached(token, position) ? now - boundMs : now;
  const asOf = feed.asOf();
  if (asOf > need) return { need, isRefused: false };
  const isFirst = asOf === Number.NEGATIVE_INFINITY;
  // An isolate of an earlier deployment names no client.
  const isFree = client == null || isFirst || !feed.proven;
  return { need, isRefused: !isFree && !clients.mayPull(client, now) };
}

/**
 * Whether the keeper has reached the token's position. If not, that is no reason to doubt the storage: a fence's
 * position is the keeper's own word, but a token is what a client says.
 */
function isReached(token: Position, { generation, mark }: Position): boolean {
  return token.generation === generation && token.mark <= mark;
}
