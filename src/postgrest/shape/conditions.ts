import type { Condition, Field, Filter, Test } from "../query/query.ts";
import { rulesOf } from "../row/values.ts";
import type { ColumnDescription, RelationDescription } from "../schema/schema.ts";
import { BOUNDED, HIDDEN, OPAQUE, type ShapeCondition, UNTYPED } from "./shape.ts";

/** A condition, of which some parts may not be understood. */
export type PartialCondition =
  | Condition
  | { readonly kind: "unknown" }
  | {
      readonly kind: "and" | "or";
      readonly negated: boolean;
      readonly conditions: readonly PartialCondition[];
    };

/** In one query. Conditions beyond it count as not understood: they may be true or false. */
const MAX_CONDITIONS = 400;

/** Characters of a pattern, or of an array of patterns, and steps of a JSON path. Longer ones are not understood. */
const MAX_PATTERN = 1_000;
const MAX_PATH = 32;

/** Replaces the literals of conditions by slots, and adds the types that say how they compare. */
export class ConditionCompiler {
  readonly literals: string[] = [];
  #left = MAX_CONDITIONS;

  /** The number under which the literal is found. */
  slot(literal: string): number {
    this.literals.push(literal);
    return this.literals.length - 1;
  }

  /**
   * @param description undefined when nothing is known of the relation
   * @param embeds names of embeds: `is.null` asks of these whether they are empty
   */
  compile(
    condition: PartialCondition,
    description: RelationDescription | undefined,
    embeds: ReadonlySet<string>,
  ): ShapeCondition {
    if (condition.kind === "unknown") return condition;
    if (condition.kind !== "filter") {
      const conditions = condition.conditions.map((part) => this.compile(part, description, embeds));
      return { kind: condition.kind, negated: condition.negated, conditions: oneUnknown(conditions) };
    }
    if (embeds.has(condition.field.column) || isTooLong(condition)) return { kind: "unknown" };
    return this.#filter(condition, description);
  }

  /** The conditions of a query or an embed; those beyond the limit become unknown. */
  compileAll(
    conditions: readonly Condition[],
    description: RelationDescription | undefined,
    embeds: ReadonlySet<string>,
  ): readonly ShapeCondition[] {
    const compiled = conditions.map((condition): ShapeCondition => {
      this.#left -= sizeOf(condition);
      return this.#left < 0 ? { kind: "unknown" } : this.compile(condition, description, embeds);
    });
    return oneUnknown(compiled);
  }

  /** Conditions that the columns are not NULL, as a NULL joins nothing. */
  notNull(columns: readonly string[], description: RelationDescription | undefined): ShapeCondition[] {
    return columns
      .filter((name) => description?.columns.get(name)?.notNull === false)
      .map((column) => {
        const type = columnType(description?.columns.get(column));
        const slot = this.slot("not_null");
        return { kind: "filter", column, path: [], type, negated: false, operator: "is", slot };
      });
  }

  #filter({ field, negated, test }: Filter, description: RelationDescription | undefined): ShapeCondition {
    return {
      kind: "filter",
      column: field.column,
      path: field.path,
      type: typeOf(field, description),
      negated,
      operator: test.operator,
      ...("quantifier" in test && test.quantifier !== undefined && { quantifier: test.quantifier }),
      slot: this.slot(literalOf(test)),
    };
  }
}

/** Without all unknown conditions but the first: in a conjunction or a disjunction, one says as much as many. */
export function oneUnknown(conditions: readonly ShapeCondition[]): readonly ShapeCondition[] {
  const first = conditions.findIndex(({ kind }) => kind === "unknown");
  return conditions.filter(({ kind }, at) => kind !== "unknown" || at === first);
}

/** The number of conditions in a condition, itself included. */
export function sizeOf(condition: Condition | ShapeCondition): number {
  if (condition.kind === "unknown" || condition.kind === "filter") return 1;
  let size = 1;
  for (const part of condition.conditions) size += sizeOf(part);
  return size;
}

function isTooLong({ field, test }: Filter): boolean {
  const isPattern = test.operator === "like" || test.operator === "ilike";
  return field.path.length > MAX_PATH || (isPattern && test.value.length > MAX_PATTERN);
}

/** PostgREST writes the empty list as one empty element. */
function literalOf(test: Test): string {
  if (test.operator !== "in") return test.value;
  const isEmpty = test.values.length === 1 && test.values[0] === "";
  return JSON.stringify(isEmpty ? [] : test.values);
}

function typeOf(field: Field, description: RelationDescription | undefined): string {
  if (description === undefined) return field.path.length > 0 ? HIDDEN : UNTYPED;
  return columnType(description.columns.get(field.column));
}

const TEXTS: readonly string[] = ["text", "varchar"];

/** The name of the rules by which a column's values compare, or one of the marks in shape.ts. */
export function columnType(column: ColumnDescription | undefined): string {
  if (column === undefined || column.generated === "virtual") return HIDDEN;
  const array = column.bounded ? BOUNDED : "_";
  if (column.family === "enum") return column.type.startsWith("_") ? `${array}enum` : "enum";
  // A row image loses the spaces of a json value, so it only tells whether it is NULL.
  if (column.family === "base" && column.type === "json") return "json";
  const element = column.type.startsWith("_") ? column.type.slice(1) : column.type;
  const isKnown = column.type === "jsonb" || rulesOf(element) !== undefined;
  if (column.family !== "base" || !isKnown || (TEXTS.includes(element) && !column.plainCollation)) {
    return column.exact ? OPAQUE : HIDDEN;
  }
  return column.type.startsWith("_") ? array + element : column.type;
}
