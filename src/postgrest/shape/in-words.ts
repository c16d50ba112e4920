import type { Caveat } from "../schema/schema.ts";
import type { Part, Shape, ShapeCondition, ShapeFilter } from "./shape.ts";

/** Longer texts end here: an operator reads them, and nothing else does. */
const MAX_CHARACTERS = 600;
const MAX_LITERAL = 60;

/** A `Footprint`. */
interface WholeFootprint {
  readonly relations: readonly string[];
  readonly caveats: readonly Caveat[];
  readonly shape: string;
  readonly literals: readonly string[];
}

/**
 * What an answer depends on, for people: `public.articles where id = 5 (columns id, title), the first 10 by created_at`.
 */
export function footprintInWords({ shape, literals, relations, caveats }: WholeFootprint): string {
  const { parts } = JSON.parse(shape) as Shape;
  const words = parts.map((part) => partInWords(part, literals));
  const named = new Set(parts.flatMap((part) => part.relations));
  const further = relations.filter((relation) => !named.has(relation));
  const texts = [
    ...(words.length === 0 ? [] : [[...new Set(words)].join("; ")]),
    ...(further.length === 0 ? [] : [`any change of ${further.join(", ")}`]),
    ...caveats.map(({ culprit }) => `counts by its age only, because of ${culprit}`),
  ];
  const text = texts.join("; ");
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

function partInWords(part: Part, literals: readonly string[]): string {
  const [relation = ""] = part.relations;
  const conditions = part.where
    .map((condition) => inWords(condition, literals))
    .filter((text) => text !== "");
  const columns = part.columns === undefined ? "any column" : `columns ${part.columns.join(", ")}`;
  const where = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
  const visible = part.visible === undefined ? "" : ", as policies let readers see them";
  return `${relation}${where} (${columns})${visible}${pageInWords(part, literals)}`;
}

function pageInWords({ window, join }: Part, literals: readonly string[]): string {
  if (join !== undefined) return ", where they join rows that are shown";
  if (window === undefined) return "";
  const limit = window.limit === undefined ? undefined : literals[window.limit];
  const offset = literals[window.offset] ?? "0";
  const order = window.order?.map(({ column, descending }) => `${column}${descending ? " descending" : ""}`);
  const by = order === undefined || order.length === 0 ? "" : ` by ${order.join(", ")}`;
  const from = offset === "0" || offset === "" ? "" : ` from ${offset}`;
  const counted = window.counted ? ", and how many there are" : "";
  if (limit === undefined || limit === "")
    return `${from === "" ? by && `,${by}` : `,${from}${by}`}${counted}`;
  return `, the first ${limit}${from}${by}${counted}`;
}

function inWords(condition: ShapeCondition, literals: readonly string[]): string {
  if (condition.kind === "unknown") return "something that is not understood";
  if (condition.kind === "filter") return filterInWords(condition, literals);
  const parts = condition.conditions.map((each) => inWords(each, literals)).filter((text) => text !== "");
  if (parts.length === 0) return "";
  return `${condition.negated ? "not " : ""}(${parts.join(` ${condition.kind} `)})`;
}

const OPERATORS: Readonly<Record<string, string>> = {
  eq: "=",
  neq: "≠",
  gt: ">",
  gte: "≥",
  lt: "<",
  lte: "≤",
  is: "is",
  in: "in",
};

function filterInWords(filter: ShapeFilter, literals: readonly string[]): string {
  const { column, path, negated, operator, quantifier, slot } = filter;
  const literal = operator === "in" ? listInWords(literals[slot] ?? "") : (literals[slot] ?? "");
  const short = literal.length > MAX_LITERAL ? `${literal.slice(0, MAX_LITERAL)}…` : literal;
  const way = path.map((step) => `${step.text ? "->>" : "->"}${step.key ?? step.index ?? ""}`).join("");
  const which = quantifier === undefined ? "" : ` ${quantifier} of`;
  return `${negated ? "not " : ""}${column}${way} ${OPERATORS[operator] ?? operator}${which} ${short}`;
}

/** The values of an `in` are a JSON array of texts. */
function listInWords(literal: string): string {
  try {
    return `(${(JSON.parse(literal) as unknown[]).slice(0, MAX_LITERAL).join(", ")})`;
  } catch {
    return literal;
  }
}
