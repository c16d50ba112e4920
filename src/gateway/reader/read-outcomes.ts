import type { NotStored } from "../../keeper/protocol/fill.ts";
import { printedOnce } from "../http/cache-status.ts";
import type { HitDetail, ReadOutcome } from "../http/outcome.ts";

export const HIT = {
  memory: printedOnce({ kind: "hit", detail: "memory" }),
  verified: printedOnce({ kind: "hit", detail: "verified" }),
  colo: printedOnce({ kind: "hit", detail: "colo" }),
  kv: printedOnce({ kind: "hit", detail: "kv" }),
  keeper: printedOnce({ kind: "hit", detail: "keeper" }),
  revalidating: printedOnce({ kind: "hit", detail: "revalidating" }),
  "stale-while-revalidate": printedOnce({ kind: "hit", detail: "stale-while-revalidate" }),
  "stale-if-error": printedOnce({ kind: "hit", detail: "stale-if-error" }),
} as const satisfies Record<HitDetail, ReadOutcome>;

/** The origin's answer is passed on and not stored, by reason. */
export const PASSED_ON = {
  "status-not-cacheable": printedOnce({ kind: "bypass", reason: "status-not-cacheable" }),
  "unexpected-type": printedOnce({ kind: "bypass", reason: "unexpected-type" }),
  "unknown-encoding": printedOnce({ kind: "bypass", reason: "unknown-encoding" }),
  "broken-body": printedOnce({ kind: "bypass", reason: "broken-body" }),
} as const satisfies Record<NotStored, ReadOutcome>;

const MISSES = [
  printedOnce({ kind: "miss", forward: "uri-miss", collapsed: false }),
  printedOnce({ kind: "miss", forward: "uri-miss", collapsed: true }),
  printedOnce({ kind: "miss", forward: "stale", collapsed: false }),
  printedOnce({ kind: "miss", forward: "stale", collapsed: true }),
] as const satisfies readonly ReadOutcome[];

/**
 * @param hadEntry there was an entry, but the fence refused it
 * @param collapsed another reader's request served this one
 */
export function miss(hadEntry: boolean, collapsed: boolean): ReadOutcome {
  return MISSES[((hadEntry ? 2 : 0) + (collapsed ? 1 : 0)) as 0 | 1 | 2 | 3];
}

/** The outcome for a reader who has waited for another one's request. */
export function joined(outcome: ReadOutcome): ReadOutcome {
  return outcome.kind === "miss" ? miss(outcome.forward === "stale", true) : outcome;
}
