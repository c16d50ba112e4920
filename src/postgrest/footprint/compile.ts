import { mayFail } from "../query/may-fail.ts";
import { embedName } from "../query/output-columns.ts";
import type { EmbedItem, Level, Query } from "../query/query.ts";
import type { Read } from "../query/read.ts";
import type { Caveat, Schema } from "../schema/schema.ts";
import { ConditionCompiler } from "../shape/conditions.ts";
import type { Part, ShapeCondition, ShapePlacing } from "../shape/shape.ts";
import { caveatsOf, outputAndSortColumns, withCounts } from "./caveats.ts";
import { Dependencies } from "./dependencies.ts";
import { filteredColumns, groupsParents, impliedConditions, influenceOf, sortsParents } from "./embeds.ts";
import type { Declared, FootprintBypass } from "./footprint.ts";
import { canVanish, type LevelContext, type ParentLink } from "./level.ts";
import { compileWindow, startsAtFirst } from "./page.ts";
import { type Relationship, relationshipsOf } from "./relationship.ts";
import { lookupPart, ownKeysOf, parentJoinOf, requiredByEmbeds, targetKeysOf } from "./visibility.ts";

export interface Compiled {
  readonly parts: readonly Part[];
  readonly caveats: readonly Caveat[];
  readonly literals: readonly string[];
}

/** What Postgres' own description tells of a read, or why that cannot be told. */
export function compileShape(
  read: Read,
  query: Query,
  declared: Declared,
  schema: Schema,
): Compiled | FootprintBypass {
  return new ShapeCompiler(read, declared, schema).compile(query);
}

class ShapeCompiler {
  readonly #read: Read;
  readonly #schema: Schema;
  readonly #dependencies: Dependencies;
  readonly #conditions = new ConditionCompiler();
  readonly #parts: Part[] = [];
  #hasUnknownEmbed = false;

  constructor(read: Read, declared: Declared, schema: Schema) {
    this.#read = read;
    this.#schema = schema;
    this.#dependencies = new Dependencies(schema, declared, this.#conditions);
  }

  compile(query: Query): Compiled | FootprintBypass {
    const fromStart = startsAtFirst(this.#read, query.root);
    const link: ParentLink = { implied: [], columns: [], path: [], isOwn: true, fromStart };
    this.#level(`${this.#read.schema}.${this.#read.relation}`, query.root, link, true);
    if (this.#hasUnknownEmbed) return "unknown-embed";
    if (this.#dependencies.readsRequest) return "reads-request";
    const parts = [...this.#parts, ...this.#dependencies.parts()];
    return { parts, caveats: this.#dependencies.caveats, literals: this.#conditions.literals };
  }

  /** Adds what a level depends on; answers its filter. */
  #level(relation: string, asked: Level, link: ParentLink, isRoot: boolean): readonly ShapeCondition[] {
    const schema = this.#schema;
    const description = schema.get(relation);
    const level = withCounts(asked, description);
    const embeds = level.select.filter((item) => item.kind === "embed");
    const embedNames = new Set(embeds.map(embedName));
    const isSafe = !mayFail(level.where);
    const own: readonly ShapeCondition[] = isSafe
      ? this.#conditions.compileAll(level.where, description, embedNames)
      : [{ kind: "unknown" }];
    const demanded = isSafe ? requiredByEmbeds(schema, this.#conditions, relation, level) : [];
    const where = [...own, ...(isSafe ? link.implied : []), ...demanded];
    const context: LevelContext = {
      schema,
      relation,
      description,
      level,
      link,
      where,
      isSafe,
      embedNames,
      isRoot,
    };
    const joins = embeds.map((embed) => ({ embed, relationships: this.#embed(context, embed) }));
    const joined = joins.flatMap(({ relationships }) => relationships.flatMap((each) => each.parentColumns));
    const window = isRoot && isSafe && compileWindow(this.#read, level, description, this.#conditions);
    const shown = isSafe && ownKeysOf(context);
    const placing = this.#placing(context, joined);
    const deciding = this.#deciding(context, joined);
    this.#noteCaveats(context);
    this.#parts.push({
      ...this.#dependencies.part(relation, where, deciding?.columns, deciding?.fixed),
      ...this.#dependencies.visible(relation),
      ...(window && { window }),
      ...(isSafe && link.join && { join: link.join }),
      ...(shown && { shown }),
      ...(placing && { placing }),
    });
    this.#dependencies.read(relation, (part, lookup) => lookupPart(context, this.#conditions, part, lookup));
    return own;
  }

  /** The columns whose output text decides (those always, these by filter or policy); undefined when all may. */
  #deciding(context: LevelContext, joined: readonly string[]): Pick<Part, "columns" | "fixed"> | undefined {
    const { relation, description, level, link } = context;
    const policy = this.#dependencies.policyColumns(relation);
    const uncovered = this.#dependencies.uncoveredColumns(relation);
    if (description === undefined || policy === "all" || uncovered === "all") return undefined;
    const columns = new Set([...link.columns, ...joined, ...uncovered]);
    // PostgREST reads whole rows for an empty select, though it shows none of it.
    const isWhole = level.select.length === 0 || level.select.some((item) => item.kind === "star");
    if (isWhole) for (const name of description.columns.keys()) columns.add(name);
    for (const name of outputAndSortColumns(level)) columns.add(name);
    const fixed = [...columns].sort();
    for (const name of [...this.#filtered(context), ...policy]) columns.add(name);
    // A function over the row may read any of its columns.
    if ([...columns].some((name) => !description.columns.has(name))) return undefined;
    return { columns: [...columns].sort(), fixed };
  }

  /** Notes what the level asks for that is not understood, and what functions over its rows read. */
  #noteCaveats(context: LevelContext): void {
    const { relation, description, level } = context;
    for (const caveat of caveatsOf(this.#read, context)) {
      this.#dependencies.caveat(relation, caveat);
      if (caveat.kind === "unknown-reads") this.#dependencies.mayReadRequest(relation);
    }
    for (const name of new Set([...outputAndSortColumns(level), ...this.#filtered(context)])) {
      const computed = description?.columns.has(name) ? undefined : description?.computed.get(name);
      if (computed) this.#dependencies.computed(relation, computed);
    }
  }

  /** A type that somebody has tampered with may join by a function of theirs. */
  #noteJoinTypes(relation: string, columns: readonly string[]): void {
    for (const name of columns) {
      const caveat = this.#schema.get(relation)?.columns.get(name)?.caveat;
      if (caveat) this.#dependencies.caveat(relation, caveat);
    }
  }

  #placing(context: LevelContext, joined: readonly string[]): ShapePlacing | undefined {
    const { relation, level, link } = context;
    const policy = this.#dependencies.policyColumns(relation);
    const uncovered = this.#dependencies.uncoveredColumns(relation);
    if (policy === "all" || uncovered === "all") return undefined;
    const sorted = level.order.flatMap((term) => (term.embed === undefined ? [term.field.column] : []));
    const names = [...joined, ...link.columns, ...sorted, ...uncovered];
    const fixed = this.#dependencies.comparable(relation, names);
    const columns = this.#dependencies.comparable(relation, [
      ...names,
      ...this.#filtered(context),
      ...policy,
    ]);
    return columns && fixed && { columns, fixed };
  }

  /** The columns that filters name. A name may be an embed's, a column's, or both at once. */
  #filtered({ level, description, embedNames }: LevelContext): readonly string[] {
    const names = [...filteredColumns(level.where)];
    return names.filter((name) => !embedNames.has(name) || description?.columns.has(name));
  }

  /** Adds what an embed depends on; answers how it joins. */
  #embed(context: LevelContext, embed: EmbedItem): readonly Relationship[] {
    const relationships = relationshipsOf(this.#schema, context.relation, embed);
    const isKnown = relationships.every(
      ({ target, junction }) =>
        this.#dependencies.isWatched(target) &&
        (!junction || this.#dependencies.isWatched(junction.relation)),
    );
    if (relationships.length === 0 || !isKnown) {
      this.#hasUnknownEmbed = true;
      return [];
    }
    const isSingle = relationships.length === 1 && relationships[0]?.isExact === true;
    const named = context.description?.computed.get(embed.relation);
    const computed = named?.target === undefined ? undefined : named;
    if (computed) this.#dependencies.computed(context.relation, computed);
    for (const relationship of relationships) {
      // Which of its rows a function gives back is the function's secret.
      if (computed) this.#dependencies.whole(relationship.target);
      this.#relationship(context, embed, relationship, isSingle);
    }
    return relationships;
  }

  /** Only a relationship without rivals is surely the one that joins, and can narrow what matters. */
  #relationship(
    context: LevelContext,
    embed: EmbedItem,
    relationship: Relationship,
    isSingle: boolean,
  ): void {
    const { level, description, link, where } = context;
    const { target, columns, parentColumns, junction } = relationship;
    this.#noteJoinTypes(context.relation, parentColumns);
    for (const term of level.order) {
      if (term.embed !== embedName(embed)) continue;
      const { column: name } = term.field;
      const column = this.#schema.get(target)?.columns.get(name);
      const caveat = column
        ? column.caveat
        : ({ kind: "unwatchable", culprit: `${target}.${name}` } as const);
      if (caveat) this.#dependencies.caveat(target, caveat);
    }
    this.#noteJoinTypes(junction?.relation ?? target, columns);
    if (junction) this.#noteJoinTypes(junction.relation, junction.toTarget);
    const influence = influenceOf(level, embed);
    const isOwn = link.isOwn && isSingle && !embed.spread && !sortsParents(level, embed);
    const path = groupsParents(level, embed) ? undefined : link.path;
    const joined = this.#schema.get(junction?.relation ?? target);
    const narrowed = {
      implied: isSingle
        ? [
            ...this.#conditions.notNull(columns, joined),
            ...impliedConditions(where, description, parentColumns, joined, columns),
          ]
        : [],
      join: parentJoinOf(context, embed, relationship, isSingle),
    };
    const child: ParentLink = {
      implied: [],
      columns: junction?.targetColumns ?? columns,
      path: path && isOwn ? [...path, embedName(embed)] : path,
      isOwn,
      fromStart: influence === "none" || (influence === "admits" && canVanish(context)),
    };
    if (junction === undefined) {
      this.#level(target, embed.level, { ...child, ...narrowed }, false);
      return;
    }
    const targetWhere = this.#level(target, embed.level, child, false);
    const policy = this.#dependencies.policyColumns(junction.relation);
    const uncovered = this.#dependencies.uncoveredColumns(junction.relation);
    const both = [...columns, ...junction.toTarget];
    const joining = policy === "all" ? undefined : [...both, ...policy];
    const fixed = uncovered === "all" ? undefined : [...both, ...uncovered];
    const shown = targetKeysOf(this.#schema, target, junction, embed.level, child);
    const { targetColumns, toTarget } = junction;
    const targetDescription = this.#schema.get(target);
    const implied = impliedConditions(targetWhere, targetDescription, targetColumns, joined, toTarget);
    this.#parts.push({
      ...this.#dependencies.part(junction.relation, [...narrowed.implied, ...implied], joining, fixed),
      ...this.#dependencies.visible(junction.relation),
      ...(narrowed.join && { join: narrowed.join }),
      ...(shown && { shown }),
    });
    this.#dependencies.read(junction.relation);
  }
}
