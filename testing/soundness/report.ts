import type { Condition, Level, Query } from "../../src/postgrest/query/query.ts";
import type { Kept } from "../in-process/way.ts";
import { isPaged } from "./answers.ts";
import type { Outcome } from "./trial.ts";

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

/** How the answers to a kind of query are kept. */
export interface Share {
  changes: number;
  age: number;
  nothing: number;
}

/** Pairs by kind of query and of fixture, by operator, and by rule; those of unrelated relations aside. */
export class Report {
  readonly violations: Outcome[] = [];
  readonly bareViolations: Outcome[] = [];
  readonly groups = new Map<string, Tally>();
  readonly operators = new Map<string, Tally>();
  readonly rules = new Map<string, number>();
  readonly shares = new Map<string, Share>();
  pairs = 0;

  add(outcome: Outcome): void {
    this.pairs += 1;
    if (outcome.changed && !outcome.verdict.affected) this.violations.push(outcome);
    if (outcome.changed && outcome.bareVerdict?.affected === false) this.bareViolations.push(outcome);
    const rule = outcome.verdict.affected ? "affected" : outcome.verdict.rule;
    if (!outcome.changed) this.rules.set(rule, (this.rules.get(rule) ?? 0) + 1);
    const group = groupOf(outcome);
    if (group === undefined) return;
    tally(this.groups, group).add(outcome);
    tally(this.groups, `${group}: ${familyOf(outcome)}`).add(outcome);
    if (!group.endsWith("no embeds")) return;
    for (const name of new Set(outcome.query.root.where.flatMap(operators))) {
      tally(this.operators, name).add(outcome);
    }
  }

  /** Precision must not be gained by keeping answers by their age, or not at all. */
  keep(kind: string, query: Query, kept: Kept): void {
    const name = `${kind}: ${VIEWS.has(query.relation) ? "views" : hasEmbeds(query) ? "embeds" : "no embeds"}`;
    for (const each of [kind, name]) shareOf(this.shares, each)[kept.by] += 1;
  }
}

export function tally(tallies: Map<string, Tally>, name: string): Tally {
  const known = tallies.get(name) ?? new Tally();
  tallies.set(name, known);
  return known;
}

export function shareOf(shares: Map<string, Share>, name: string): Share {
  const known = shares.get(name) ?? { changes: 0, age: 0, nothing: 0 };
  shares.set(name, known);
  return known;
}

/** The kind of query; undefined for a pair that says nothing. */
function groupOf(outcome: Outcome): string | undefined {
  // Pages without a total order are compared by their length only, which says too little about harm.
  const isUnrelated = !outcome.verdict.affected && outcome.verdict.rule === "relation";
  if (isUnrelated || / rows of /.test(outcome.before)) return undefined;
  if (VIEWS.has(outcome.query.relation)) return "views";
  const columns = usesUntold(outcome) ? "other columns" : "typed columns";
  return `${columns}, ${hasEmbeds(outcome.query) ? "embeds" : "no embeds"}`;
}

const hasEmbeds = ({ root }: Query) => root.select.some((item) => item.kind === "embed");

const VIEWS = new Set([
  ...["authors", "latest", "low_view", "high_view", "few_view", "helped", "labelled", "strange"],
  ...["shelf", "top", "ranks", "frozen", "thawed"],
]);

function familyOf({ id: { kind }, query }: Outcome): string {
  // A change of the inheritance parent may be one of its heirs' (`tidemark sql` captures by statement).
  if (kind === "keys" && ["bases", "heirs"].includes(query.relation)) return "inheritance";
  return kind;
}

function operators(condition: Condition): string[] {
  if (condition.kind !== "filter") return condition.conditions.flatMap(operators);
  const path = condition.field.path.length > 0 ? "path " : "";
  const quantifier = "quantifier" in condition.test ? `(${condition.test.quantifier})` : "";
  return [path + condition.test.operator + quantifier];
}

/** Operators and types that always give *unknown*: their changes are not judged. */
const UNTOLD_OPERATORS = new Set(["match", "imatch", "fts", "sl", "sr", "nxr", "nxl", "adj"]);
const UNTOLD_COLUMNS = new Set(["ch", "iv", "js", "dom", "r", "virtual", "shade"]);
/** Compared only for equality. */
const UNORDERED = new Set(["txt", "vc", "e", "ea", "ia", "ta", "loud", ...UNTOLD_COLUMNS]);

function usesUntold(outcome: Outcome): boolean {
  const { root } = outcome.query;
  const untold = (condition: Condition): boolean => {
    if (condition.kind !== "filter") return condition.conditions.some(untold);
    const { operator } = condition.test;
    const { column } = condition.field;
    const isOrder = ["gt", "gte", "lt", "lte"].includes(operator);
    return UNTOLD_OPERATORS.has(operator) || UNTOLD_COLUMNS.has(column) || (isOrder && UNORDERED.has(column));
  };
  const showsUntold = SHOWN_UNTOLD.test(outcome.before) || SHOWN_UNTOLD.test(outcome.after);
  return (
    levelsOf(root).some(({ where }) => where.some(untold)) ||
    showsUntold ||
    (isPaged(root, outcome.asked.read) && root.order.some(({ field }) => UNORDERED.has(field.column)))
  );
}

/** A row image does not tell whether a `json` or virtual column still prints the same. */
const SHOWN_UNTOLD = /"(js|virtual)\\*":/;

function levelsOf(level: Level): readonly Level[] {
  const embedded = level.select.flatMap((item) => (item.kind === "embed" ? levelsOf(item.level) : []));
  return [level, ...embedded];
}

export function describe(outcome: Outcome): string {
  const { id, asked, changes, verdict, before, after, history } = outcome;
  const { read, format } = asked;
  const lines = changes.map((change) => JSON.stringify(change));
  return [
    `seed ${id.seed}, ${id.kind}, ${id.feed}: ${read.relation}?${decodeURIComponent(read.search)} ${JSON.stringify({ format, range: read.range, count: read.count })}`,
    `verdict ${JSON.stringify(verdict)}, without schema ${JSON.stringify(outcome.bareVerdict)}`,
    ...lines,
    `before ${before}`,
    `after  ${after}`,
    ...history.slice(-12),
  ].join("\n");
}
