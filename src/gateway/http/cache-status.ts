import type { RequestOutcome } from "./outcome.ts";

/**
 * The `Cache-Status` field (RFC 9211) of an outcome. The extension parameter `unproven` says that the bound counts from
 * the arrival of a webhook rather than from commit.
 */
export function cacheStatus(outcome: RequestOutcome, proven: boolean): string {
  const status = PRINTED.get(outcome) ?? print(outcome);
  return proven ? status : `${status}; unproven`;
}

/** The text of outcomes that are objects made once and printed again and again. */
const PRINTED = new WeakMap<RequestOutcome, string>();

export function printedOnce<O extends RequestOutcome>(outcome: O): O {
  PRINTED.set(outcome, print(outcome));
  return outcome;
}

function print(outcome: RequestOutcome): string {
  switch (outcome.kind) {
    case "hit":
      return `tidemark; hit; detail=${outcome.detail}`;
    case "miss":
      return `tidemark; fwd=${outcome.forward}; stored${outcome.collapsed ? "; collapsed" : ""}`;
    case "bypass":
      return `tidemark; fwd=bypass; detail=${outcome.reason}`;
    case "method":
      return "tidemark; fwd=method";
    case "error":
      return `tidemark; fwd=miss; detail=origin-${outcome.reason}`;
  }
}
