import type { FillAnswer, FillRequest } from "../protocol/fill.ts";
import type { Position } from "../protocol/position.ts";

/** Why this keeper must not answer: it is of another generation than the caller, or behind it (P5). Null: it may. */
export function refusalOf(
  { configHash, at, token }: Pick<FillRequest, "configHash" | "at" | "token">,
  ownConfigHash: string,
  position: Position,
): FillAnswer | null {
  const { generation, mark } = position;
  if (configHash !== ownConfigHash) return { kind: "refused", reason: "configuration" };
  if (at.generation !== generation) return { kind: "refused", reason: "generation" };
  if (token && token.generation !== generation) return { kind: "refused", reason: "generation" };
  if (mark < Math.max(at.mark, token?.mark ?? 0)) return { kind: "refused", reason: "behind" };
  return null;
}
