import { BYPASS_REASONS } from "../../../src/gateway/http/outcome.ts";
import type { RecentChange } from "../../../src/keeper/protocol/recent-changes.ts";

/** What a word of the gateway means. A gateway that is newer than the page may know others. */
export function meaningOf(reason: string): string {
  return Object.hasOwn(BYPASS_REASONS, reason) ? BYPASS_REASONS[reason as keyof typeof BYPASS_REASONS] : "";
}

type Rule = NonNullable<RecentChange["rule"]>;

const RULES: Readonly<Record<Rule, string>> = {
  row: "a row changed that its answer may depend on",
  coarse: "too many changes at once to judge each of them",
  table: "the table was emptied, or changed as a whole",
  everything: "everything was invalidated",
  purge: "it was purged",
  audit: "the audit found a wrong answer",
};

export function ruleInWords(rule: string | null): string {
  if (rule === null) return "";
  return Object.hasOwn(RULES, rule) ? RULES[rule as Rule] : rule;
}

/** Why an answer counts by its age only. */
export function caveatInWords({
  kind,
  culprit,
}: {
  readonly kind: string;
  readonly culprit: string;
}): string {
  if (kind === "clock") return "it depends on the clock, or on chance";
  if (kind === "unknown-reads") return `it uses ${culprit}, which cannot be looked into`;
  if (kind === "unwatchable") return `it depends on ${culprit}, which reports no changes`;
  return `${kind}: ${culprit}`;
}
