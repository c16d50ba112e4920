import { ANSWERED_AS, type AnsweredAs, COUNTED_BESIDES } from "../../keeper/protocol/read-ends.ts";
import { BYPASS_REASONS, type BypassReason, type HitDetail, type ReadOutcome } from "./outcome.ts";

/** Ends that are no bypass, as `outcome:detail`. */
const ANSWERED = [
  "hit:memory",
  "hit:verified",
  "hit:colo",
  "hit:kv",
  "hit:keeper",
  "stale:revalidating",
  "stale:stale-while-revalidate",
  "stale:stale-if-error",
  "miss:uri-miss",
  "miss:stale",
  "miss:collapsed",
  "error:unreachable",
  "error:timeout",
] as const;

type CountedEnd = (typeof ANSWERED)[number] | (typeof COUNTED_BESIDES)[number] | `bypass:${BypassReason}`;

/** How a read can end, by name. Counters go by the places in this list. */
export const READ_ENDS: readonly CountedEnd[] = [
  ...ANSWERED,
  ...COUNTED_BESIDES,
  ...Object.keys(BYPASS_REASONS).map((reason) => `bypass:${reason as BypassReason}` as const),
];

const at = (end: CountedEnd): number => READ_ENDS.indexOf(end);

const HIT_AT: Readonly<Record<HitDetail, number>> = {
  memory: at("hit:memory"),
  verified: at("hit:verified"),
  colo: at("hit:colo"),
  kv: at("hit:kv"),
  keeper: at("hit:keeper"),
  revalidating: at("stale:revalidating"),
  "stale-while-revalidate": at("stale:stale-while-revalidate"),
  "stale-if-error": at("stale:stale-if-error"),
};

const BYPASS_AT = Object.fromEntries(
  Object.keys(BYPASS_REASONS).map((reason) => [reason, at(`bypass:${reason as BypassReason}`)]),
) as Readonly<Record<BypassReason, number>>;

const MISS_AT = { "uri-miss": at("miss:uri-miss"), stale: at("miss:stale") } as const;
const COLLAPSED_AT = at("miss:collapsed");
const ERROR_AT = { unreachable: at("error:unreachable"), timeout: at("error:timeout") } as const;

export const SIGNED_IN_AT = at("signed-in");
export const ORIGIN_AT = at("origin");

/** The first half of each of these names; those that are counted besides have none. */
const ANSWERED_AS_AT: readonly (AnsweredAs | undefined)[] = READ_ENDS.map((end) =>
  ANSWERED_AS.find((answeredAs) => end.startsWith(`${answeredAs}:`)),
);

/** How a read was answered that ended so. */
export function answeredAs(end: number): AnsweredAs {
  return ANSWERED_AS_AT[end] ?? "error";
}

/** The place in `READ_ENDS` of how a read ended. */
export function endOf(outcome: ReadOutcome): number {
  switch (outcome.kind) {
    case "hit":
      return HIT_AT[outcome.detail];
    case "miss":
      return outcome.collapsed ? COLLAPSED_AT : MISS_AT[outcome.forward];
    case "bypass":
      return BYPASS_AT[outcome.reason];
    case "error":
      return ERROR_AT[outcome.reason];
  }
}
