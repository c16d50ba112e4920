import { Dependencies } from "./dependencies.ts";
import { filteredColumns, impliedConditions, influenceOf, shownJoin } from "./embeds.ts";
import type { Caveat, Vouched } from "./footprint.ts";
import type { EmbedItem, Level, Query } from "./query.ts";
import type { Read } from "./read.ts";
import { type Relationship, relationshipsOf } from "./relationship.ts";
import type { RelationDescription, Schema } from "./schema.ts";
import type { Part, ShapeCondition, ShapeJoin, ShapeShown } from "./shape.ts";
import { ConditionCompiler, columnType, mayFail } from "./shape-conditions.ts";
import { handleOf, shownColumn } from "./shown.ts";
import { rulesOf } from "./values.ts";
import { compileWindow, showsRows, startsAtFirst } from "./window-shape.ts";

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

/** Where a level hangs: how its parent's level restricts, or shows, the rows that matter here. */
interface Anchor {
  readonly implied: readonly ShapeCondition[];
  readonly join?: ShapeJoin | undefined;
  /** Further columns that decide, as they join. */
  readonly columns: readonly string[];
  /** A row just inserted here is joined by none that was there before. */
  readonly referenced: boolean;
  /** From the answer's rows to this level's, when these are shown one by one. */
  readonly path?: readonly string[] | undefined;
  /** A row of this level that is not shown can go without a trace: no page before it, no total beside it. */
  readonly fromStart: boolean;
}

/** A level while it is compiled. */
interface Scope {
  readonly relation: string;
  readonly description: RelationDescription | undefined;
  readonly level: Level;
  readonly anchor: Anchor;
  readonly where: readonly ShapeCondition[];
  /** The names of its embeds. */
  readonly handles: ReadonlySet<string>;
  readonly isRoot: boolean;
}

class ShapeCompiler {
  readonly #read: Read;
  readonly #schema: Schema;
  readonly #dependencies: Dependencies;
  readonly #conditions = new ConditionCompiler();
  readonly #parts: Part[] = [];
  #unknownEmbed = false;

  constructor(read: Read, vouched: Vouched, schema: Schema) {
    this.#read = read;
    this.#schema = schema;
    this.#dependencies = new Dependencies(schema, vouched);
  }

  compile(query: Query): Compiled | undefined {
    const fromStart = startsAtFirst(this.#read, query.root);
    const anchor: Anchor = { implied: [], columns: [], path: [], referenced: false, fromStart };
    this.#level(`${this.#read.schema}.${this.#read.relation}`, query.root, anchor, true);
    if (this.#unknownEmbed) return undefined;
    const parts = [...this.#parts, ...this.#dependencies.parts()];
    return { parts, caveats: this.#dependencies.caveats, literals: this.#conditions.literals };
  }

  #level(relation: string, level: Level, anchor: Anchor, isRoot: boolean): void {
    const description = this.#schema.get(relation);
    const embeds = level.select.filter((item) => item.kind === "embed");
    const handles = new Set(embeds.map(handleOf));
    const isSafe = !mayFail(level.where);
    const own = isSafe
      ? level.where.map((condition) => this.#conditions.compile(condition, description, handles))
      : [];
    const where = [...own, ...anchor.implied];
    const scope: Scope = { relation, description, level, anchor, where, handles, isRoot };
    const joins = embeds.map((embed) => ({ embed, relationships: this.#embed(scope, embed) }));
    const joined = joins.flatMap(({ relationships }) => relationships.flatMap((each) => each.parentColumns));
    const window = isRoot && isSafe && compileWindow(this.#read, level, description, this.#conditions);
    const shown = isSafe && this.#shown(scope, joined);
    // A row just inserted has no rows that refer to it, so an inner embed of such rows keeps it out.
    const staysOut = joins.some(
      ({ embed, relationships: [only, ...others] }) =>
        embed.inner && others.length === 0 && only?.referencesParent === true,
    );
    this.#parts.push({
      ...this.#dependencies.part(relation, where, this.#deciding(scope, joined)),
      ...(window && { window }),
      ...(anchor.join && { join: anchor.join }),
      ...(shown && { shown }),
      ...((anchor.referenced || staysOut) && { referenced: true as const }),
    });
    this.#dependencies.read(relation);
  }

  /** The columns whose output text decides; undefined when every column may. */
  #deciding(scope: Scope, joined: readonly string[]): readonly string[] | undefined {
    const { relation, description, level, anchor } = scope;
    const policy = this.#dependencies.policyColumns(relation);
    if (description === undefined || policy === "all") return undefined;
    const columns = new Set([...anchor.columns, ...joined, ...policy]);
    // PostgREST reads whole rows for an empty select, though it shows none of it.
    const isWhole = level.select.length === 0 || level.select.some((item) => item.kind === "star");
    if (isWhole) for (const name of description.columns.keys()) columns.add(name);
    for (const item of level.select) if (item.kind === "column" && item.field) columns.add(item.field.column);
    for (const name of this.#filtered(scope)) columns.add(name);
    for (const term of level.order) if (term.embed === undefined) columns.add(term.field.column);
    if ([...columns].some((name) => !description.columns.has(name))) this.#dependencies.unknownReads();
    return [...columns].sort();
  }

  /** The first key of the relation that the answer shows. */
  #shown(scope: Scope, joined: readonly string[]): ShapeShown | undefined {
    const { description, level, anchor } = scope;
    const { path, fromStart } = anchor;
    if (description === undefined || path === undefined || !showsRows(level)) return undefined;
    for (const columns of description.keys) {
      const outputs = columns.flatMap((column) => shownColumn(level, column) ?? []);
      const types = columns.map((column) => columnType(description.columns.get(column)));
      if (outputs.length < columns.length || types.some((type) => !rulesOf(type))) continue;
      const placing = this.#placing(scope, [...columns, ...joined, ...anchor.columns]);
      const shown = { path, outputs, columns, types, fromStart: fromStart && level.offset === 0 };
      return { ...shown, ...(placing && { placing }) };
    }
    return undefined;
  }

  /** The columns that decide whether a row is there, and where. */
  #placing(scope: Scope, columns: readonly string[]): readonly string[] | undefined {
    const { relation, level } = scope;
    const policy = this.#dependencies.policyColumns(relation);
    if (policy === "all") return undefined;
    const sorted = level.order.flatMap((term) => (term.embed === undefined ? [term.field.column] : []));
    const names = [...columns, ...this.#filtered(scope), ...sorted, ...policy];
    return this.#dependencies.comparable(relation, names);
  }

  /** The columns that filters name. A name may be an embed's, a column's, or both at once. */
  #filtered({ level, description, handles }: Scope): readonly string[] {
    const names = [...filteredColumns(level.where)];
    return names.filter((name) => !handles.has(name) || description?.columns.has(name));
  }

  /** Adds what an embed depends on; answers how it joins. */
  #embed(scope: Scope, embed: EmbedItem): readonly Relationship[] {
    const relationships = relationshipsOf(this.#schema, scope.relation, embed);
    const isKnown = relationships.every(
      ({ target, junction }) =>
        this.#dependencies.isWatched(target) &&
        (!junction || this.#dependencies.isWatched(junction.relation)),
    );
    if (relationships.length === 0 || !isKnown) {
      this.#unknownEmbed = true;
      return [];
    }
    const isSingle = relationships.length === 1;
    for (const relationship of relationships) this.#relationship(scope, embed, relationship, isSingle);
    return relationships;
  }

  /** Only a relationship without rivals is surely the one that joins, and can narrow what matters. */
  #relationship(scope: Scope, embed: EmbedItem, relationship: Relationship, isSingle: boolean): void {
    const { level, description, anchor, where, handles, isRoot } = scope;
    const { target, columns, parentColumns, junction } = relationship;
    const influence = influenceOf(level, embed, handles);
    const path = isSingle && influence !== "order" ? anchor.path : undefined;
    const narrowed = {
      implied: isSingle
        ? impliedConditions(
            where,
            description,
            parentColumns,
            this.#schema.get(junction?.relation ?? target),
            columns,
          )
        : [],
      join:
        path && influence === "none"
          ? shownJoin(level, description, path, parentColumns, columns)
          : undefined,
    };
    const child: Anchor = {
      implied: [],
      columns: junction?.targetColumns ?? columns,
      referenced: isSingle && relationship.referencesTarget,
      path: path && !embed.spread ? [...path, handleOf(embed)] : undefined,
      fromStart: influence === "none" || (influence === "admits" && isRoot && anchor.fromStart),
    };
    if (junction === undefined) {
      this.#level(target, embed.level, { ...child, ...narrowed }, false);
      return;
    }
    this.#level(target, embed.level, child, false);
    const policy = this.#dependencies.policyColumns(junction.relation);
    const joining = policy === "all" ? undefined : [...columns, ...junction.toTarget, ...policy];
    this.#parts.push({
      ...this.#dependencies.part(junction.relation, narrowed.implied, joining),
      ...(narrowed.join && { join: narrowed.join }),
    });
    this.#dependencies.read(junction.relation);
  }
}
