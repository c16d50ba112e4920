import { addWithDependencies } from "./closure.ts";
import type { Caveat, Vouched } from "./footprint.ts";
import type { Condition, EmbedItem, Level, Query } from "./query.ts";
import type { Read } from "./read.ts";
import { relationshipsOf } from "./relationship.ts";
import type { RelationDescription, Schema } from "./schema.ts";
import type { Part, ShapeCondition, ShapeFilter, ShapeJoin, ShapeShown } from "./shape.ts";
import { ConditionCompiler, columnType } from "./shape-conditions.ts";
import { handleOf, shownColumn } from "./shown.ts";
import { rulesOf } from "./values.ts";
import { compileWindow, isAggregated } from "./window-shape.ts";

export interface Compiled {
  readonly parts: readonly Part[];
  readonly caveats: ReadonlySet<Caveat>;
  readonly literals: readonly string[];
}

/** What Postgres' own description tells of a read; undefined when an embed is not known or not watched. */
export function compileShape(
  read: Read,
  query: Query,
  vouched: Vouched,
  schema: Schema,
): Compiled | undefined {
  return new ShapeCompiler(read, vouched, schema).compile(query);
}

/** Where a level hangs: how rows of the parent's level restrict, or show, the rows that matter here. */
interface Anchor {
  readonly implied: readonly ShapeCondition[];
  readonly join?: ShapeJoin;
  /** Further columns that decide, as they join. */
  readonly columns: readonly string[];
  readonly referenced?: boolean;
  /** From the answer's rows to this level's, when these are shown completely and plainly. */
  readonly path?: readonly string[];
}

class ShapeCompiler {
  readonly #read: Read;
  readonly #vouched: Vouched;
  readonly #schema: Schema;
  readonly #watched: ReadonlySet<string>;
  readonly #parts: Part[] = [];
  readonly #caveats = new Set<Caveat>();
  readonly #conditions = new ConditionCompiler();
  readonly #wholes = new Map<string, Set<string> | "all">();
  #unknownEmbed = false;

  constructor(read: Read, vouched: Vouched, schema: Schema) {
    this.#read = read;
    this.#vouched = vouched;
    this.#schema = schema;
    this.#watched = new Set([...vouched.tables, ...[...vouched.dependsOn.values()].flat()]);
  }

  compile(query: Query): Compiled | undefined {
    const root = `${this.#read.schema}.${this.#read.relation}`;
    this.#level(root, query.root, { implied: [], columns: [], path: [] }, true);
    if (this.#unknownEmbed) return undefined;
    for (const [relation, columns] of this.#wholes) {
      this.#parts.push(this.#part(relation, [], columns === "all" ? undefined : [...columns].sort()));
    }
    return { parts: this.#parts, caveats: this.#caveats, literals: this.#conditions.literals };
  }

  #level(relation: string, level: Level, anchor: Anchor, isRoot: boolean): void {
    const description = this.#schema.get(relation);
    const embeds = level.select.filter((item) => item.kind === "embed");
    const handles = new Set(embeds.map(handleOf));
    const own = level.where.map((condition) => this.#conditions.compile(condition, description, handles));
    const where = [...own, ...anchor.implied];
    const joined: string[] = [...anchor.columns];
    for (const embed of embeds)
      joined.push(...this.#embed(relation, description, level, embed, where, anchor, handles));
    const columns = this.#deciding(relation, description, level, joined, handles);
    const window = isRoot ? compileWindow(this.#read, level, description, this.#conditions) : undefined;
    const shown = this.#shown(relation, description, level, joined, anchor.path);
    this.#parts.push({
      ...this.#part(relation, where, columns),
      ...(window && { window }),
      ...(anchor.join && { join: anchor.join }),
      ...(shown && { shown }),
      ...(anchor.referenced && { referenced: true as const }),
    });
    this.#reads(relation, description);
    for (const further of this.#vouched.dependsOn.get(relation) ?? []) this.#dependency(further);
  }

  /** The columns whose output text decides; undefined when every column may. */
  #deciding(
    relation: string,
    description: RelationDescription | undefined,
    level: Level,
    joined: readonly string[],
    handles: ReadonlySet<string>,
  ): readonly string[] | undefined {
    if (description === undefined) return undefined;
    const columns = new Set(joined);
    for (const item of level.select) {
      if (item.kind === "star") for (const name of description.columns.keys()) columns.add(name);
      else if (item.kind === "column" && item.field !== undefined) columns.add(item.field.column);
    }
    // PostgREST reads whole rows for an empty select, though it shows none of it.
    if (level.select.length === 0) for (const name of description.columns.keys()) columns.add(name);
    for (const name of filteredColumns(level.where)) if (!handles.has(name)) columns.add(name);
    for (const term of level.order) if (term.embed === undefined) columns.add(term.field.column);
    const policy = this.#policyColumns(relation);
    if (policy === "all") return undefined;
    for (const name of policy) columns.add(name);
    if ([...columns].some((name) => !description.columns.has(name))) this.#unknownReads();
    return [...columns].sort();
  }

  /** The first key of the relation that the answer shows. */
  #shown(
    relation: string,
    description: RelationDescription | undefined,
    level: Level,
    joined: readonly string[],
    path: readonly string[] | undefined,
  ): ShapeShown | undefined {
    if (description === undefined || path === undefined || isAggregated(level)) return undefined;
    for (const columns of description.keys) {
      const outputs = columns.map((column) => shownColumn(level, column));
      const types = columns.map((column) => columnType(description.columns.get(column)));
      if (outputs.some((output) => output === undefined) || types.some((type) => !rulesOf(type))) continue;
      const policy = this.#policyColumns(relation);
      const sorted = level.order.flatMap((term) => (term.embed === undefined ? [term.field.column] : []));
      const placing =
        policy === "all"
          ? undefined
          : this.#comparable(relation, [
              ...columns,
              ...joined,
              ...filteredColumns(level.where),
              ...sorted,
              ...policy,
            ]);
      const fromStart = level.offset === 0;
      return { path, outputs: outputs as string[], columns, types, ...(placing && { placing }), fromStart };
    }
    return undefined;
  }

  /**
   * The columns without repetition, if equal row images mean that they are equal. Names of embeds and of computed
   * columns are none; a virtual column is as its row's other columns are.
   */
  #comparable(relation: string, names: readonly string[]): readonly string[] | undefined {
    const description = this.#schema.get(relation);
    const columns = new Set<string>();
    for (const name of names) {
      const column = description?.columns.get(name);
      if (column === undefined || description === undefined) return undefined;
      if (column.generated === "virtual") {
        for (const [other, { generated }] of description.columns)
          if (generated !== "virtual") columns.add(other);
      } else columns.add(name);
    }
    const areExact = [...columns].every((name) => description?.columns.get(name)?.exact);
    return areExact ? [...columns] : undefined;
  }

  /** Adds what an embed depends on; answers which of the parent's columns join it. */
  #embed(
    parent: string,
    description: RelationDescription | undefined,
    level: Level,
    embed: EmbedItem,
    where: readonly ShapeCondition[],
    anchor: Anchor,
    handles: ReadonlySet<string>,
  ): readonly string[] {
    const relationships = relationshipsOf(this.#schema, parent, embed);
    const isKnown = relationships.every(
      ({ target, junction }) => this.#isWatched(target) && (!junction || this.#isWatched(junction.relation)),
    );
    if (relationships.length === 0 || !isKnown) {
      this.#unknownEmbed = true;
      return [];
    }
    const [only] = relationships;
    const isSingle = relationships.length === 1 && only !== undefined;
    const isPlain = isSingle && anchor.path !== undefined && isPlainLeft(level, embed, handles);
    for (const { target, columns, parentColumns, junction, referencesTarget } of relationships) {
      const referenced = isSingle && referencesTarget;
      const base: Anchor = { implied: [], columns: junction?.targetColumns ?? columns, referenced };
      const joinedRelation = junction?.relation ?? target;
      const implied = isSingle ? this.#implied(parent, where, joinedRelation, parentColumns, columns) : [];
      const join = isPlain ? shownJoin(level, description, anchor.path, parentColumns, columns) : undefined;
      const path =
        isPlain && !embed.spread ? { path: [...(anchor.path ?? []), embed.alias ?? embed.relation] } : {};
      if (junction === undefined) {
        this.#level(target, embed.level, { ...base, implied, ...(join && { join }), ...path }, false);
        continue;
      }
      this.#level(target, embed.level, { ...base, ...path }, false);
      const policy = this.#policyColumns(joinedRelation);
      this.#parts.push({
        ...this.#part(
          joinedRelation,
          implied,
          policy === "all" ? undefined : [...columns, ...junction.toTarget, ...policy],
        ),
        ...(join && { join }),
      });
      this.#reads(joinedRelation, this.#schema.get(joinedRelation));
    }
    return relationships.flatMap(({ parentColumns }) => parentColumns);
  }

  /**
   * A joined row equals its parent row in the joining columns, so what the parent's filter fixes there, it fixes
   * here. Whatever the kind of join: a row that joins no candidate parent shows nowhere.
   */
  #implied(
    parent: string,
    where: readonly ShapeCondition[],
    joined: string,
    parentColumns: readonly string[],
    columns: readonly string[],
  ): readonly ShapeCondition[] {
    return parentColumns.flatMap((parentColumn, at) => {
      const column = columns[at];
      if (column === undefined) return [];
      const type = columnType(this.#schema.get(parent)?.columns.get(parentColumn));
      if (type !== columnType(this.#schema.get(joined)?.columns.get(column))) return [];
      return where
        .filter((condition): condition is ShapeFilter => fixes(condition, parentColumn))
        .map((filter) => ({ ...filter, column }));
    });
  }

  #part(relation: string, where: readonly ShapeCondition[], columns: readonly string[] | undefined): Part {
    const description = this.#schema.get(relation);
    const relations = [relation, ...(description?.descendants ?? []), ...(description?.ancestors ?? [])];
    const comparable = columns && this.#comparable(relation, columns);
    const floats =
      comparable?.filter((name) => /float/.test(description?.columns.get(name)?.type ?? "")) ?? [];
    return {
      relations,
      where,
      ...(comparable && { columns: comparable, ...(floats.length > 0 && { floats }) }),
    };
  }

  /** What policies and view definitions read, and theirs. */
  #reads(relation: string, description: RelationDescription | undefined): void {
    if (description === undefined) return;
    if (description.kind === "materialized" || description.kind === "foreign")
      this.#caveats.add("unwatchable");
    if (description.reads === undefined) return;
    if (description.reads.volatile) this.#caveats.add("clock");
    if (description.reads.opaque && !this.#vouched.dependsOn.has(relation)) this.#unknownReads();
    for (const [read, columns] of description.reads.relations) {
      if (read !== relation) this.#whole(read, columns);
    }
  }

  #dependency(relation: string): void {
    const closure = new Set<string>();
    addWithDependencies(closure, relation, this.#vouched);
    for (const each of closure) this.#whole(each, []);
  }

  /** Every row of the relation matters; of its columns those named, or all when none is. */
  #whole(relation: string, columns: readonly string[]): void {
    const known = this.#wholes.get(relation);
    if (known === "all") return;
    const policy = this.#policyColumns(relation);
    if (columns.length === 0 || policy === "all") this.#wholes.set(relation, "all");
    else this.#wholes.set(relation, new Set([...(known ?? []), ...columns, ...policy]));
    if (known === undefined) this.#reads(relation, this.#schema.get(relation));
  }

  /** What the relation's own policies read of its rows. */
  #policyColumns(relation: string): readonly string[] | "all" {
    const columns = this.#schema.get(relation)?.reads?.relations.get(relation);
    return columns?.length === 0 ? "all" : (columns ?? []);
  }

  #unknownReads(): void {
    if (this.#caveats.has("unknown-reads")) return;
    this.#caveats.add("unknown-reads");
    for (const table of this.#vouched.tables) this.#whole(table, []);
  }

  #isWatched(relation: string): boolean {
    if (this.#watched.has(relation)) return true;
    return this.#schema.get(relation)?.ancestors.some((parent) => this.#watched.has(parent)) ?? false;
  }
}

function* filteredColumns(conditions: readonly Condition[]): Iterable<string> {
  for (const condition of conditions) {
    if (condition.kind === "filter") yield condition.field.column;
    else yield* filteredColumns(condition.conditions);
  }
}

/** `column = literal` or `column in (…)`, which every row that passes must satisfy. */
function fixes(condition: ShapeCondition, column: string): boolean {
  return (
    condition.kind === "filter" &&
    condition.column === column &&
    condition.path.length === 0 &&
    !condition.negated &&
    (condition.operator === "in" || (condition.operator === "eq" && condition.quantifier !== "all"))
  );
}

/** No row of the embed decides which rows of the parent are shown, or where. */
function isPlainLeft(level: Level, embed: EmbedItem, handles: ReadonlySet<string>): boolean {
  const name = handleOf(embed);
  const isFiltered = [...filteredColumns(level.where)].some((column) => handles.has(column));
  const groups = isAggregated(level) || (embed.spread && isAggregated(embed.level));
  const orders = level.order.some((term) => term.embed === name);
  return !embed.inner && !isFiltered && !groups && !orders;
}

/** The joining columns as the answer shows them, if it shows all of them. */
function shownJoin(
  level: Level,
  description: RelationDescription | undefined,
  path: readonly string[] | undefined,
  parentColumns: readonly string[],
  columns: readonly string[],
): ShapeJoin | undefined {
  if (path === undefined) return undefined;
  const outputs: string[] = [];
  const types: string[] = [];
  for (const column of parentColumns) {
    const output = shownColumn(level, column);
    if (output === undefined) return undefined;
    outputs.push(output);
    types.push(columnType(description?.columns.get(column)));
  }
  return { path, outputs, columns, types };
}
