import type { Clients } from "../budgets/clients.ts";
import type { Feed } from "../ports/ports.ts";
import type { Position } from "../protocol/position.ts";
import type { SyncRequest } from "../protocol/sync.ts";

/** What a sync asks of the feed. */
interface Wish {
  /** The as-of may not be older. */
  readonly moment: number;
  /** It is older, and the client may not have the pull that it takes. */
  readonly isRefused: boolean;
}

/** How young the as-of must be for this request, and whether its client may have the pull that it takes. */
export function wishOf(
  { token, boundMs, client }: SyncRequest,
  position: Position,
  { feed, clients, now }: { readonly feed: Feed; readonly clients: Clients; readonly now: number },
): Wish {
  const moment = token === null || isReached(token, position) ? now - boundMs : now;
  const asOf = feed.asOf();
  if (asOf > moment) return { moment, isRefused: false };
  const isFirst = asOf === Number.NEGATIVE_INFINITY;
  // An isolate of the deployment before this one names no client.
  const isFree = client == null || isFirst || !feed.proven;
  return { moment, isRefused: !isFree && !clients.mayPull(client, now) };
}

/**
 * Whether a token tells of nothing that the keeper does not know. One that is ahead is no reason to doubt the storage: a
 * fence's position is the keeper's own word, a token is what a client says.
 */
function isReached(token: Position, { generation, mark }: Position): boolean {
  return token.generation === generation && token.mark <= mark;
}
