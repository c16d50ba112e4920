import type { Condition } from "../../../src/postgrest/query.ts";
import type { Outcome } from "./run.ts";

/** Counts pairs, and how many of the harmless ones were called unaffected. */
export class Tally {
  pairs = 0;
  harmless = 0;
  spared = 0;

  add(outcome: Outcome): void {
    this.pairs += 1;
    if (outcome.changed) return;
    this.harmless += 1;
    if (!outcome.verdict.affected) this.spared += 1;
  }

  get precision(): number {
    return this.harmless === 0 ? 1 : this.spared / this.harmless;
  }
}

/** Pairs by world, by kind of query, by rule and by operator; those of unrelated relations aside. */
export class Report {
  readonly violations: Outcome[] = [];
  readonly bareViolations: Outcome[] = [];
  readonly tallies = new Map<string, Tally>();
  readonly rules = new Map<string, number>();
  pairs = 0;

  add(outcome: Outcome): void {
    this.pairs += 1;
    if (outcome.changed && !outcome.verdict.affected) this.violations.push(outcome);
    if (outcome.changed && !outcome.bareVerdict.affected) this.bareViolations.push(outcome);
    const rule = outcome.verdict.affected ? "affected" : outcome.verdict.rule;
    if (!outcome.changed) this.rules.set(rule, (this.rules.get(rule) ?? 0) + 1);
    // Pages without a total order are compared by their length only, which says too little about harm.
    if (rule === "relation" || / rows of /.test(outcome.before)) return;
    const embeds = outcome.query.root.select.some((item) => item.kind === "embed");
    const isView = ["authors", "latest"].includes(outcome.query.relation);
    const group = isView
      ? "views"
      : embeds
        ? "embeds"
        : usesUntold(outcome)
          ? "no embeds, unknown semantics"
          : "typed columns, no embeds";
    this.#tally(group, outcome);
    this.#tally(`${outcome.kind}: ${group}`, outcome);
    if (embeds || isView) return;
    for (const name of new Set(outcome.query.root.where.flatMap(operators)))
      this.#tally(`operator ${name}`, outcome);
  }

  #tally(name: string, outcome: Outcome): void {
    const tally = this.tallies.get(name) ?? new Tally();
    tally.add(outcome);
    this.tallies.set(name, tally);
  }

  table(): string {
    const rows = [...this.tallies].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = rows.map(
      ([name, tally]) =>
        `| ${name} | ${tally.pairs} | ${tally.harmless} | ${(100 * tally.precision).toFixed(1)} % |`,
    );
    const rules = [...this.rules].map(([rule, count]) => `| ${rule} | ${count} |`);
    return [
      "| queries | pairs | harmless | called unaffected |",
      "| --- | ---: | ---: | ---: |",
      ...lines,
      "",
      "| rule, of harmless pairs | pairs |",
      "| --- | ---: |",
      ...rules,
    ].join("\n");
  }
}

function operators(condition: Condition): string[] {
  if (condition.kind !== "filter") return condition.conditions.flatMap(operators);
  const path = condition.field.path.length > 0 ? "path " : "";
  const quantifier = "quantifier" in condition.test ? `(${condition.test.quantifier})` : "";
  return [path + condition.test.operator + quantifier];
}

/** Operators and types that the issue names as *unknown*: nobody tries to tell their changes apart. */
const UNTOLD_OPERATORS = new Set(["match", "imatch", "fts", "sl", "sr", "nxr", "nxl", "adj"]);
const UNTOLD_COLUMNS = new Set(["ch", "iv", "js", "dom", "r", "virtual"]);
/** Compared for equality only. */
const UNORDERED = new Set(["txt", "vc", "e", "ea", "ia", "ta", ...UNTOLD_COLUMNS]);

function usesUntold(outcome: Outcome): boolean {
  const { root } = outcome.query;
  const untold = (condition: Condition): boolean => {
    if (condition.kind !== "filter") return condition.conditions.some(untold);
    const { operator } = condition.test;
    const { column } = condition.field;
    const isOrder = ["gt", "gte", "lt", "lte"].includes(operator);
    return UNTOLD_OPERATORS.has(operator) || UNTOLD_COLUMNS.has(column) || (isOrder && UNORDERED.has(column));
  };
  const shows = (name: string) =>
    outcome.before.includes(`"${name}":`) || outcome.after.includes(`"${name}":`);
  const showsUntold = ["js", "virtual"].some(shows);
  return (
    root.where.some(untold) ||
    showsUntold ||
    (isPaged(outcome) && root.order.some(({ field }) => UNORDERED.has(field.column)))
  );
}

function isPaged({ query: { root }, read }: Outcome): boolean {
  return root.limit !== undefined || root.offset > 0 || read.range !== undefined;
}

export function describe(outcome: Outcome): string {
  const { read, changes, verdict, before, after, seed, kind, history } = outcome;
  const lines = changes.map((change) => JSON.stringify(change));
  return [
    `seed ${seed}, ${kind}: ${read.relation}?${decodeURIComponent(read.search)} ${JSON.stringify({ range: read.range, count: read.count })}`,
    `verdict ${JSON.stringify(verdict)}`,
    ...lines,
    `before ${before}`,
    `after  ${after}`,
    ...history.slice(-12),
  ].join("\n");
}
