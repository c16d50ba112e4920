import type { ReaderClaims } from "../claims/claims.ts";
import { mayFail } from "../query/may-fail.ts";
import { embedName } from "../query/output-columns.ts";
import type { EmbedItem, Level, Query } from "../query/query.ts";
import type { Read } from "../query/read.ts";
import { type Relationship, relationshipsOf } from "../relationships/relationship.ts";
import type { Caveat, Schema } from "../schema/schema.ts";
import { ConditionCompiler } from "../shape/conditions.ts";
import type { Part, ShapeCondition, ShapeJoin } from "../shape/shape.ts";
import { withCounts } from "./count-column.ts";
import { decidingColumns, placingColumns } from "./deciding-columns.ts";
import { type AttachLookup, Dependencies } from "./dependencies.ts";
import { groupsParents, impliedConditions, influenceOf, requiredByEmbeds, sortsParents } from "./embeds.ts";
import type { Declared, FootprintBypass } from "./footprint.ts";
import { canVanish, type LevelContext, type ParentLink } from "./level.ts";
import type { ClaimNeeds, DeclaredClaims } from "./needs/claim-closure.ts";
import { isGranted } from "./needs/granted.ts";
import { compileWindow, startsAtFirst } from "./page.ts";
import { PartBuilder } from "./part-builder.ts";
import { lookupPart, ownKeysOf, parentJoinOf, targetKeysOf } from "./visibility.ts";

export interface Compiled {
  readonly parts: readonly Part[];
  readonly caveats: readonly Caveat[];
  readonly literals: readonly string[];
}

/** What a read depends on by Postgres' own description of its relations, or why that cannot be told. */
export function compileShape(
  read: Read,
  query: Query,
  declared: Declared,
  schema: Schema,
  reader: ReaderClaims | undefined,
): Compiled | FootprintBypass {
  return new ShapeCompiler(read, declared, schema, reader).compile(query);
}

/** What a read depends on of the reader's token; see `claimNeeds`. */
export function compileClaims(
  read: Read,
  query: Query,
  declared: Declared,
  schema: Schema,
  declaredClaims: DeclaredClaims,
): ClaimNeeds {
  return new ShapeCompiler(read, declared, schema, undefined).claims(query, declaredClaims);
}

/** The relations of which any part is. Sorted, each once. */
export function relationsOf(parts: readonly Part[]): readonly string[] {
  return [...new Set(parts.flatMap((part) => part.relations))].sort();
}

/** Walks the levels of a query, the root and its embeds, and makes one part or more of each. */
class ShapeCompiler {
  readonly #read: Read;
  readonly #declared: Declared;
  readonly #schema: Schema;
  readonly #builder: PartBuilder;
  readonly #dependencies: Dependencies;
  readonly #conditions = new ConditionCompiler();
  readonly #parts: Part[] = [];
  #hasUnknownEmbed = false;

  constructor(read: Read, declared: Declared, schema: Schema, reader: ReaderClaims | undefined) {
    this.#read = read;
    this.#declared = declared;
    this.#schema = schema;
    this.#builder = new PartBuilder(schema, declared, this.#conditions, reader);
    this.#dependencies = new Dependencies(schema, declared, this.#conditions, this.#builder);
  }

  claims(query: Query, declaredClaims: DeclaredClaims): ClaimNeeds {
    this.#walk(query);
    if (this.#hasUnknownEmbed) return { kind: "bypass", reason: "unknown-embed" };
    const relations = relationsOf(this.#allParts());
    return this.#dependencies.claims.needs(relations, declaredClaims, this.#declared.keyedHeaders);
  }

  compile(query: Query): Compiled | FootprintBypass {
    this.#walk(query);
    if (this.#hasUnknownEmbed) return "unknown-embed";
    if (this.#dependencies.readsRequest) return "reads-request";
    return {
      parts: this.#allParts(),
      caveats: this.#dependencies.caveats,
      literals: this.#conditions.literals,
    };
  }

  #allParts(): readonly Part[] {
    return [...this.#parts, ...this.#dependencies.parts()];
  }

  #walk(query: Query): void {
    const fromStart = startsAtFirst(this.#read, query.root);
    const link: ParentLink = { implied: [], columns: [], path: [], isOwn: true, fromStart };
    this.#level(`${this.#read.schema}.${this.#read.relation}`, query.root, link, true);
  }

  /** Adds what a level depends on. Returns the conditions of its own filter. */
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
    const visible = this.#builder.hasReader ? this.#builder.visible(relation) : undefined;
    const permitted = this.#builder.demanded(visible);
    const where = [...own, ...(isSafe ? link.implied : []), ...demanded, ...permitted];
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
    const placing = placingColumns(context, this.#builder, joined);
    const deciding = decidingColumns(context, this.#builder, joined);
    this.#dependencies.asked(this.#read, context);
    this.#parts.push({
      ...this.#builder.part(relation, where, deciding?.columns, deciding?.fixed),
      ...(visible ?? this.#builder.visible(relation)),
      ...(window && { window }),
      ...(isSafe && link.join && { join: link.join }),
      ...(shown && { shown }),
      ...(placing && { placing }),
    });
    const grants = isRoot ? this.#builder.policies(relation)?.grants : undefined;
    const attach: AttachLookup = (part, lookup) => lookupPart(context, this.#conditions, part, lookup);
    this.#dependencies.read(relation, attach, grants && isGranted(context, grants));
    return own;
  }

  /** Adds what an embed depends on. Returns the relationships that it may mean. */
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
      // The function may return any of the target's rows.
      if (computed) this.#dependencies.whole(relationship.target);
      this.#noteJoin(context, embed, relationship);
      this.#relationship(context, embed, relationship, isSingle);
    }
    return relationships;
  }

  /** @param isSingle PostgREST certainly joins by this relationship: only then can it narrow what matters */
  #relationship(
    context: LevelContext,
    embed: EmbedItem,
    relationship: Relationship,
    isSingle: boolean,
  ): void {
    const { level, description, link, where } = context;
    const { target, columns, parentColumns, junction } = relationship;
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
    this.#junction(relationship, junction, { embed, child, targetWhere, ...narrowed });
  }

  /** Of many-to-many, the junction's rows join the parent, and the target's join them. */
  #junction(
    { target, columns }: Relationship,
    junction: NonNullable<Relationship["junction"]>,
    { embed, child, targetWhere, implied, join }: JunctionContext,
  ): void {
    const { relation, targetColumns, toTarget } = junction;
    const policy = this.#builder.policyColumns(relation);
    const uncovered = this.#builder.uncoveredColumns(relation);
    const both = [...columns, ...toTarget];
    const deciding = policy === "all" ? undefined : [...both, ...policy];
    const fixed = uncovered === "all" ? undefined : [...both, ...uncovered];
    const shown = targetKeysOf(this.#schema, target, junction, embed.level, child);
    const [from, to] = [this.#schema.get(target), this.#schema.get(relation)];
    const where = [...implied, ...impliedConditions(targetWhere, from, targetColumns, to, toTarget)];
    this.#parts.push({
      ...this.#builder.part(relation, where, deciding, fixed),
      ...this.#builder.visible(relation),
      ...(join && { join }),
      ...(shown && { shown }),
    });
    this.#dependencies.read(relation);
  }

  /** Notes the caveats of the columns that an embed joins or sorts by. */
  #noteJoin(
    { relation, level }: LevelContext,
    embed: EmbedItem,
    { target, parentColumns, columns, junction }: Relationship,
  ): void {
    this.#noteColumns(relation, parentColumns);
    for (const term of level.order) {
      if (term.embed !== embedName(embed)) continue;
      const { column: name } = term.field;
      const column = this.#schema.get(target)?.columns.get(name);
      const caveat = column
        ? column.caveat
        : ({ kind: "unwatchable", culprit: `${target}.${name}` } as const);
      if (caveat) this.#dependencies.caveat(target, caveat);
    }
    this.#noteColumns(junction?.relation ?? target, columns);
    if (junction) this.#noteColumns(junction.relation, junction.toTarget);
  }

  /** A type with user-defined operators joins by functions that are not understood. */
  #noteColumns(relation: string, columns: readonly string[]): void {
    for (const name of columns) {
      const caveat = this.#schema.get(relation)?.columns.get(name)?.caveat;
      if (caveat) this.#dependencies.caveat(relation, caveat);
    }
  }
}

interface JunctionContext {
  readonly embed: EmbedItem;
  /** The link of the target's level. */
  readonly child: ParentLink;
  readonly targetWhere: readonly ShapeCondition[];
  readonly implied: readonly ShapeCondition[];
  readonly join: ShapeJoin | undefined;
}
