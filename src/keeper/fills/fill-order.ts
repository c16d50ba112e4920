import type { BearerAudiences } from "../audiences/audiences.ts";
import type { KnownReader } from "../audiences/known-reader.ts";
import type { KeeperSettings } from "../ports/settings.ts";
import type { FillAnswer, FillRequest } from "../protocol/fill.ts";
import type { Position } from "../protocol/position.ts";
import { refusalOf } from "./refusal.ts";

/** A fill that may be answered now. */
export interface OrderedFill extends Omit<FillRequest, "bearer"> {
  /** Who asks, of a read for those who sign in. Null: everybody gets the same. */
  readonly asker: KnownReader | null;
}

interface OrderPorts {
  readonly settings: Pick<KeeperSettings, "configHash">;
  /** The keeper's position in this turn. */
  readonly position: () => Position;
  readonly audiences: Pick<BearerAudiences, "askerOf">;
}

/** What is asked for, and by whom, in the turn of the call; or why this keeper must not answer. */
export function orderOf(
  request: FillRequest,
  { settings, position, audiences }: OrderPorts,
): OrderedFill | FillAnswer {
  const refusal = refusalOf(request, settings.configHash, position());
  if (refusal) return refusal;
  const asker = audiences.askerOf(request);
  if (typeof asker === "string") return { kind: "direct", reason: asker };
  const { bearer: _, ...rest } = request;
  return { ...rest, asker };
}

/** The answer, unless the reader's token has ended while they waited (S2). */
export function inTime({ asker }: OrderedFill, answer: FillAnswer, now: number): FillAnswer {
  const isLate = asker !== null && now >= asker.expiresAt;
  return isLate ? { kind: "direct", reason: "token-expired" } : answer;
}
