import type { ReaderClaims } from "../claims/claims.ts";
import { mayBeRefused } from "../claims/expression.ts";
import { expressionsOf } from "../policies/claim-readers.ts";
import { type ResolvedRls, rlsOf } from "../policies/rls-of.ts";
import { kinOf } from "../schema/kin.ts";
import type { ClaimSource, ColumnDescription, Reads, RelationDescription, Schema } from "../schema/schema.ts";
import type { ConditionCompiler } from "../shape/conditions.ts";
import type { Part, ShapeCondition } from "../shape/shape.ts";
import type { Declared } from "./footprint.ts";

/** Makes parts of a shape, by what the schema says about the columns and the policies of their relation. */
export class PartBuilder {
  readonly #schema: Schema;
  readonly #declared: Declared;
  readonly #conditions: ConditionCompiler;

  readonly #reader: ReaderClaims | undefined;

  /** @param reader undefined: the caller's claims are not known */
  constructor(
    schema: Schema,
    declared: Declared,
    conditions: ConditionCompiler,
    reader: ReaderClaims | undefined,
  ) {
    this.#schema = schema;
    this.#declared = declared;
    this.#conditions = conditions;
    this.#reader = reader;
  }

  /** Whether the reader's claims are known. */
  get hasReader(): boolean {
    return this.#reader !== undefined;
  }

  /** What in these may be refused for the reader's claims. Undefined: nothing. */
  refusedIn({ claims }: Reads): ClaimSource | undefined {
    const reader = this.#reader;
    if (reader === undefined) return undefined;
    return claims.find((source) => expressionsOf(source)?.some((each) => mayBeRefused(each, reader.claims)));
  }

  /** What the relation's policies ask. Undefined when they are not understood, or it has none. */
  policies(relation: string): ResolvedRls | undefined {
    return rlsOf(relation, this.#schema.get(relation)?.reads, this.#reader);
  }

  /**
   * @param columns that decide the answer; undefined: all may
   * @param fixed those that decide even if filter and policies treat a row alike before and after
   */
  part(
    relation: string,
    where: readonly ShapeCondition[],
    columns: readonly string[] | undefined,
    fixed: readonly string[] | undefined,
  ): Part {
    const description = this.#schema.get(relation);
    const family = [...(description?.descendants ?? []), ...(description?.ancestors ?? [])];
    const relations = [...new Set([relation, ...family, ...(kinOf(relation, this.#schema) ?? [])])];
    const comparable = columns && this.comparable(relation, columns);
    const beyond = fixed && this.comparable(relation, fixed);
    const isFloat = (name: string) => /float/.test(description?.columns.get(name)?.type ?? "");
    const floats = new Set([...(comparable ?? []), ...(beyond ?? [])].filter(isFloat));
    const asked = this.policies(relation)?.conditions ?? [];
    const isJsonb = ([, { type }]: readonly [string, ColumnDescription]) => /^_?jsonb$/.test(type);
    const jsonb = [...(description?.columns ?? [])].filter(isJsonb).map(([name]) => name);
    const policies = asked.map((each) => this.#conditions.compile(each, description, new Set()));
    return {
      relations,
      where,
      ...(comparable && { columns: comparable }),
      ...(beyond && { fixed: beyond }),
      ...(policies.length > 0 && { policies }),
      ...(floats.size > 0 && { floats: [...floats] }),
      ...(jsonb.length > 0 && { jsonb }),
    };
  }

  /** What policies let the reader see of a relation that it reads itself; nothing when they may not bind the reader. */
  visible(relation: string): Pick<Part, "visible"> {
    const description = this.#schema.get(relation);
    const reading = this.#declared.obeysPolicies ? this.policies(relation) : undefined;
    return reading ? { visible: this.#conditions.compile(reading.asked, description, new Set()) } : {};
  }

  /**
   * Those of the visible conditions that every visible row passes, for a reader whose claims are known: an index finds
   * queries by what they demand, and there may be one for each user.
   */
  demanded(policies: Pick<Part, "visible"> | undefined): readonly ShapeCondition[] {
    return policies?.visible && this.hasReader ? conjuncts(policies.visible) : [];
  }

  /** The columns of its rows that the relation's own policies read. */
  policyColumns(relation: string): readonly string[] | "all" {
    const columns = this.#schema.get(relation)?.reads?.relations.get(relation);
    return columns?.length === 0 ? "all" : (columns ?? []);
  }

  /** Those of `policyColumns` that the conditions in a part's `policies` do not cover. */
  uncoveredColumns(relation: string): readonly string[] | "all" {
    const columns = this.policyColumns(relation);
    const reading = this.policies(relation);
    return columns === "all" || reading === undefined
      ? columns
      : columns.filter((column) => reading.names.has(column));
  }

  /**
   * The columns without repetition, a virtual one replaced by those it is computed from. Undefined when equal row images
   * do not prove that they are all equal.
   */
  comparable(relation: string, names: readonly string[]): readonly string[] | undefined {
    const description = this.#schema.get(relation);
    const columns = new Set<string>();
    // A row that changes in these may leave its partition.
    const { partitionKey = [] } = description ?? {};
    if (description?.partitionKey?.length === 0) return undefined;
    for (const name of [...names, ...partitionKey]) {
      const column = description?.columns.get(name);
      if (column === undefined || description === undefined) return undefined;
      if (column.generated !== "virtual") columns.add(name);
      else for (const other of storedColumns(description)) columns.add(other);
    }
    const areExact = [...columns].every((name) => description?.columns.get(name)?.exact);
    return areExact ? [...columns] : undefined;
  }
}

function conjuncts(condition: ShapeCondition): readonly ShapeCondition[] {
  if (condition.kind === "filter") return [condition];
  if (condition.kind === "unknown" || condition.negated) return [];
  const isAll = condition.kind === "and" || condition.conditions.length === 1;
  return isAll ? condition.conditions.flatMap(conjuncts) : [];
}

function* storedColumns(description: RelationDescription): Iterable<string> {
  for (const [name, { generated }] of description.columns) if (generated !== "virtual") yield name;
}
